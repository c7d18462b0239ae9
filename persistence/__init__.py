"""The only SQL: tables, engine, unit of work, and one store per port. Never a rule of booking or queueing."""
