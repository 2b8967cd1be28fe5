"""Files as publishers ship them: guesses on plain rows, a clean table, and its entry for ``pack.json``.

Nothing here opens a spreadsheet; readers hand over rows of text (see ``grid``).
"""
