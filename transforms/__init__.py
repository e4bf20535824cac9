"""How: pure functions, frames in and frames out. No files, no DuckDB, no Prefect, no clock."""
