"""Print layouts: map, pair of maps, atlas."""
