"""Every name of Qt's that the plugin writes out is there in Qt 6 too, looked up in PyQt6."""

from __future__ import annotations

import ast
import importlib

import pytest

# What qgis.PyQt keeps where Qt 5 had it.
MOVED = {"QtWidgets": ("QtWidgets", "QtGui")}


def imported_from_qt(tree):
    """(name here, module of Qt, name there) of everything that a file imports from qgis.PyQt."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.PyQt."):
            for alias in node.names:
                yield alias.asname or alias.name, node.module.rpartition(".")[2], alias.name


def chains(tree):
    """(line, first name, the names behind it) of each a.b.c in a file."""
    for node in ast.walk(tree):
        names, inner = [], node
        while isinstance(inner, ast.Attribute):
            names.insert(0, inner.attr)
            inner = inner.value
        if names and isinstance(inner, ast.Name):
            yield node.lineno, inner.id, names


def look_up(module, name):
    """The object of PyQt6 with this name, or None."""
    places = (importlib.import_module(f"PyQt6.{place}") for place in MOVED.get(module, (module,)))
    return next((getattr(place, name) for place in places if hasattr(place, name)), None)


def faults_of(name, text):
    """What PyQt6 does not have, a line each."""
    tree = ast.parse(text)
    known = {}
    for here, module, there in imported_from_qt(tree):
        known[here] = look_up(module, there)
        if known[here] is None:
            yield f"{name}: {module}.{there}"
    for line, first, rest in chains(tree):
        found = known.get(first)
        for part in rest if found is not None else ():
            if not hasattr(found, part):
                yield f"{name}:{line}: {'.'.join([first, *rest])}"
                break
            found = getattr(found, part)


@pytest.fixture(scope="module", autouse=True)
def qt6():
    pytest.importorskip("PyQt6.QtWidgets", reason="PyQt6 is not installed; requirements-dev.txt lists it")


def test_a_short_enumeration_is_found():
    text = "from qgis.PyQt.QtCore import Qt\na = Qt.AlignRight\nb = Qt.AlignmentFlag.AlignRight\n"
    assert list(faults_of("a.py", text)) == ["a.py:2: Qt.AlignRight"]


def test_every_name_of_qt_is_there_in_qt_6(shipped_code):
    faults = [fault for name, text in shipped_code.items() for fault in faults_of(name, text)]
    assert not faults, "\n".join(faults)
