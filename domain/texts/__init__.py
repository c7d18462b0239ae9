"""All wording, by key and language, and the catalogue that renders it. Never a decision."""
