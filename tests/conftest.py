"""For all tests."""

from hypothesis import settings

# Hypothesis' own limit of 200 ms for an example says more about a busy machine than about the code.
settings.register_profile("faces", deadline=None)
settings.load_profile("faces")
