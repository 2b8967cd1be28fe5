"""The official sources of England's figures: recipes as data, and how their answers are asked for, read and proven."""
