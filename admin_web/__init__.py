"""Pages for staff, boards and tickets; they import the domain, never persistence or another edge."""
