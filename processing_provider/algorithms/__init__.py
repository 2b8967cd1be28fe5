"""The algorithms, one file each: parameters and one call. Their help stands in resources/help."""
