"""Reading and writing files and features: the one writer of everything an algorithm or page makes."""
