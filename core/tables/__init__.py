"""One step at a time on any table whose columns are named by the methodology's ids."""
