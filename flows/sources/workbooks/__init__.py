"""Excel workbooks and their relations, read in a process of their own."""
