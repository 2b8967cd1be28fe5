"""The map canvas: zooming to areas and picking them."""
