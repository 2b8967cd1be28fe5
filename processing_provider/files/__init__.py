"""Published files as tables: spreadsheets, OpenDocument, text and zips, read as streams within limits."""
