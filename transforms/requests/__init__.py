"""API requests: which operations are documented, what a log of them says, and the events that come of it."""
