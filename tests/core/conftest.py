"""Shared by the tests of the core: the tiny pack, and this folder's helper modules."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def tiny(tmp_path):
    """A description of the tiny pack to change before it is written: ``tiny.write()`` gives its folder."""
    from tiny_pack import TinyPack

    return TinyPack(tmp_path / "tiny")
