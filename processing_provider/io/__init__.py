"""Features and tables in, files out: frames, destinations, progress."""
