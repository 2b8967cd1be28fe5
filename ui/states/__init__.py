"""What the dock knows: the pack, the method, the result."""
