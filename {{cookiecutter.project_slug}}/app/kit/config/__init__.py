"""The sources of settings, and the settings of the infrastructure itself."""
