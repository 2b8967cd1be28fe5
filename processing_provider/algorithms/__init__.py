"""The algorithms, one file each: words; the work is done in core and in this package's other modules."""
