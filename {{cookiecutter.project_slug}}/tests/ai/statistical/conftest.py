"""Limit numerical libraries to one thread, as in a worker, before they are imported."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from tests.integration.statistical.conftest import app as app
from tests.integration.statistical.conftest import idle_app as idle_app
from tests.integration.statistical.conftest import storage as storage
from tests.integration.statistical.conftest import storage_url as storage_url
