"""When and where: inputs, the warehouse, Prefect, the command line."""
