"""The Processing provider: QGIS is known from here on."""
