"""What all tests share."""

from hypothesis import settings

# The same examples every time: a red run must be red for the next reader, too.
settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")
