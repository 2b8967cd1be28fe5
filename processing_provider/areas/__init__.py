"""The user's own areas: read, assigned and summed up; and results on disk."""
