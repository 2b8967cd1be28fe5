"""The method: standard library, numpy, pandas and scipy only, so that it runs and is tested without QGIS."""
