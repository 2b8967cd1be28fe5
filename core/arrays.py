"""The one name for arrays in annotations: of any shape and type, for numpy's own needs parameters in older versions."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
