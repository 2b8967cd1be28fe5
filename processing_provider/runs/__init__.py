"""What the algorithms do in QGIS, a module each: read, hand to the core, write."""
