"""Statistics compute in one thread here, as in a worker: this comes before what computes."""

import app.ai.statistical.jobs  # noqa: F401
