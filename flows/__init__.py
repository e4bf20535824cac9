"""When and where: inputs, the warehouse, Prefect, the command line."""

import os

# Polars gives memory back after half a second, to ask for it again a moment later: a tenth of what an import takes.
# It reads this when it is imported first; what the user has set counts.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:10000")
