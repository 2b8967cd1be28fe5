"""What a result says of an area: read back, chosen, profiled and explained."""
