"""Colours, classes, legends and words of maps, declared once."""
