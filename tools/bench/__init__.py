"""Speed and memory, measured beside the plugin's peers."""
