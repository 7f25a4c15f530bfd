"""A lock for imports of large libraries in threads."""

import threading

IMPORT_GUARD = threading.RLock()
"""Hold it during such an import: one of them fails if it meets another that is half imported."""
