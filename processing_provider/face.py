"""The plugin's own facts: its name and version, where its resources lie, and its guide."""

from __future__ import annotations

import configparser
from functools import lru_cache
from pathlib import Path
from typing import Mapping

RESOURCES = Path(__file__).resolve().parents[1] / "resources"
ICONS = RESOURCES / "icons"
HELP = RESOURCES / "help"
METHODOLOGIES = RESOURCES / "methodologies"
DEFAULT_METHODOLOGY = METHODOLOGIES / "hyper_local_need_2025.json"


@lru_cache(maxsize=1)
def face() -> Mapping[str, str]:
    """The plugin's own facts, as ``metadata.txt`` has them: name, version, homepage and so on."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(RESOURCES.parent / "metadata.txt", encoding="utf-8")
    return dict(parser["general"])


def help_url(page: str = "") -> str:
    """The address of a page of the guide: on the plugin's homepage, or, without one, in the plugin's own folder."""
    homepage = face().get("homepage", "").rstrip("/")
    name, _, heading = (page or "method.md").partition("#")
    if homepage.startswith("https://"):
        address = f"{homepage}/blob/main/docs/{name}"
    else:
        address = (RESOURCES.parent / "docs" / name).as_uri()
    return f"{address}#{heading}" if heading else address
