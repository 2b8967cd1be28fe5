"""The user's own areas: geometry, assignment, summaries, pages and postcodes."""
