"""Verbs over the ports. They validate, write and record; they never commit and never talk to a provider."""
