"""Reports and tables for people: HTML, charts, exports."""
