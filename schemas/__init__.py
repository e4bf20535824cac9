"""What data looks like: table models, enums, errors. Computes nothing."""
