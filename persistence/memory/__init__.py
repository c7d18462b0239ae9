"""The same stores on plain dicts, for tests that tell stories. They pass the same contract; never a database's twin
in anything else: one unit works at a time.
"""

from persistence.memory.unit_of_work import memory_uow

__all__ = ["memory_uow"]
