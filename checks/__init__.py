"""The self-check: for each thing an installation needs, ok or what to do.

Below the edges, which add looks of their own or show what was found; it must never change what it looks at.
"""
