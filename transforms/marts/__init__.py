"""What analysts read, made of what the pipeline knows: one module per kind of mart."""
