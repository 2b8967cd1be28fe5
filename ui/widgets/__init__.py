"""Small widgets and models that the pages are made of."""
