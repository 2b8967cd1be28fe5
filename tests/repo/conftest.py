"""Shared by the tests of the repository itself."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def shipped(repository):
    """The paths that go to QGIS's users, relative to the root; files not yet added to git count too."""
    from hyperlocal_need.tools import package

    return package.shipped_files(repository, with_new=True)


@pytest.fixture(scope="session")
def shipped_code(repository, shipped):
    """Path -> text of each shipped Python file."""
    return {name: (repository / name).read_text(encoding="utf-8") for name in shipped if name.endswith(".py")}
