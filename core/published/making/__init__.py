"""From a published file to a clean table and its entry in a pack."""
