"""QGIS's print layouts: map, pair, atlas."""
