"""Single steps as algorithms: what they share, and how tables of features go in and out."""
