"""Programs that build or check what the repository holds."""
