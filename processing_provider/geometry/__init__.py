"""Polygons and points: which lies in which, which are neighbours."""
