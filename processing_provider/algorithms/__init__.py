"""What each algorithm does, a file each: ``compute`` with its values. Its words stand in algorithms.json and help."""
