"""Block, compare, decide, cluster, merge."""
