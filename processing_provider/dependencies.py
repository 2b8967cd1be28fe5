"""Which Python packages the plugin needs, which are absent, and how to get them on each platform."""

from __future__ import annotations

import importlib.util
import sys
from typing import List, Sequence, Tuple

REQUIRED = ("numpy", "pandas", "scipy")
PICTURES = ("matplotlib", "jinja2")

_HOW = {
    "win32": "In the OSGeo4W setup choose 'Advanced install' and tick {packages}; "
    "QGIS's stand-alone installers hold them all.",
    "darwin": "QGIS's installer for macOS holds them; reinstall QGIS from its own site, "
    "or add {packages} with its Python.",
    "linux": "Install them with the system's package manager, for example: sudo apt install {packages}.",
}


def missing(packages: Sequence[str] = REQUIRED) -> List[str]:
    """Those of the packages that Python cannot find; nothing is imported."""
    return [name for name in packages if importlib.util.find_spec(name) is None]


def how_to_install(packages: Sequence[str]) -> str:
    """A sentence for the user on how to get the packages on this platform; the plugin itself installs nothing."""
    linux = sys.platform not in ("win32", "darwin")
    named = " ".join(f"python3-{name}" for name in packages) if linux else ", ".join(packages)
    return _HOW["linux" if linux else sys.platform].format(packages=named)


def check(packages: Sequence[str] = REQUIRED) -> Tuple[bool, str]:
    """Whether all packages are there, and if not, what is missing and how to get it."""
    absent = missing(packages)
    if not absent:
        return True, ""
    return False, f"Python packages are missing: {', '.join(absent)}. {how_to_install(absent)}"
