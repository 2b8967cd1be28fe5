"""The dock: widgets and signals over what ``processing_provider`` and ``core`` compute."""
