"""A result's layers in the user's project."""
