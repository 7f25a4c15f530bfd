"""Statistics compute in one thread here, as in a worker: this comes before what computes."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
