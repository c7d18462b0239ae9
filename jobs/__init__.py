"""Workers and the clock: shallow, each job calls one use case; never persistence or another edge."""
