"""The Telegram edge; it may import the domain and must never import persistence or another edge."""
