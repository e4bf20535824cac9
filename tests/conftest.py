"""What holds for all tests."""

from hypothesis import settings

# A test that shares its machine with others may be slow once: a deadline would fail it for no fault of the code.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")
