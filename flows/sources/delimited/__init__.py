"""CSV and its relations: dialect, a proof of regularity, the fast and the careful path."""
