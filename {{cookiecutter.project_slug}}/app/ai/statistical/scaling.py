"""Numbers brought to one scale, within what every algorithm can count with."""

from typing import Any

import numpy as np
from sklearn.preprocessing import StandardScaler

FARTHEST = 1e30
"""In standard deviations. Forests count in float32, which ends at 3.4e38."""


class BoundedScaler(StandardScaler):  # type: ignore[misc]
    """A ``StandardScaler`` for values that may be out of all proportion to what was learned."""

    def transform(self, values: Any, copy: bool | None = None) -> Any:
        """Values in standard deviations from the mean, none beyond the farthest."""
        return np.clip(super().transform(values, copy), -FARTHEST, FARTHEST)
