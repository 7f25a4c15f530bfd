"""The backend: ``main.py`` puts it together, ``cli.py`` starts it."""

import gc

# A start makes some hundred thousand objects that all stay. By default Python looks through them
# for garbage again and again, which takes a twentieth of the start.
gc.set_threshold(10_000)
