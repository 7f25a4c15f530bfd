"""The backend: ``main.py`` puts it together, ``cli.py`` starts it."""
