"""The only SQL of the project; it knows the domain and must never import an edge."""
