"""Work beside the window: the task and its runner."""
