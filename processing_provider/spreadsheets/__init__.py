"""XLSX and ODS as their publishers ship them, read as streams."""
