"""Maps, charts, styles and the report: used by the algorithms and the dock alike."""
