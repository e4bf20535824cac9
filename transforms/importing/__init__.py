"""What a file's rows mean: header mapping, cells to typed values."""
