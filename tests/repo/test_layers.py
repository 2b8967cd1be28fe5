"""core <- processing_provider <- ui <- plugin.py: what a file may import follows from its folder."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

# The layers from the innermost outwards; a file may import from its own and from those before it.
LAYERS = ("core", "processing_provider", "ui", "plugin.py")
CORE_PACKAGES = {"numpy", "pandas", "scipy"}
STANDARD_LIBRARY_ALONE = ("core/errors.py", "core/catalogue.py", "core/methodology.py")
BINDINGS = {"PyQt5", "PyQt6", "PySide2", "PySide6", "qtpy", "sip"}
OUTSIDE_CORE = {"qgis", "osgeo", "processing", "shapely", "matplotlib", "jinja2", "geopandas"} | BINDINGS


def imported_modules(name, text):
    """(line, module) of each import in a file; relative ones as paths from the root, as in 'core.pack'."""
    package = name.split("/")[:-1]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, f"/{alias.name}") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, f"/{node.module}"
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1]
            within = base + (node.module.split(".") if node.module else [])
            yield from ((node.lineno, ".".join(within + [alias.name])) for alias in node.names)


def external_imports(name, text):
    """(line, top-level name) of each import from outside the plugin."""
    return [(line, module[1:].partition(".")[0]) for line, module in imported_modules(name, text) if module[0] == "/"]


def internal_imports(name, text):
    """(line, layer or file at the root) of each import from within the plugin."""
    return [(line, module.partition(".")[0]) for line, module in imported_modules(name, text) if module[0] != "/"]


def in_words(faults):
    return "\n".join(faults)


class TestReader:
    """The reader of imports itself, on a file of three lines."""

    def test_relative_imports_become_paths_from_the_root(self):
        text = "from . import provider\nfrom ..core import pack\nimport numpy.linalg\n"
        found = list(imported_modules("processing_provider/base.py", text))
        assert found == [(1, "processing_provider.provider"), (2, "core.pack"), (3, "/numpy.linalg")]


def test_no_arrow_turns_back(shipped_code):
    faults = []
    for name, text in shipped_code.items():
        own = name.partition("/")[0]
        if own not in LAYERS:
            continue
        allowed = LAYERS[: LAYERS.index(own) + 1]
        for line, layer in internal_imports(name, text):
            if layer not in {entry.replace(".py", "") for entry in allowed}:
                faults.append(f"{name}:{line}: imports {layer}; from {own} only {', '.join(allowed)} may be imported.")
    assert not faults, in_words(faults)


def test_core_imports_numpy_pandas_and_scipy_alone(shipped_code):
    faults = []
    for name, text in shipped_code.items():
        packages = set() if name in STANDARD_LIBRARY_ALONE else CORE_PACKAGES
        for line, module in external_imports(name, text):
            if name.startswith("core/") and module not in packages | sys.stdlib_module_names:
                faults.append(f"{name}:{line}: imports {module}; move what needs it to processing_provider/.")
    assert not faults, in_words(faults)


def test_qt_is_imported_through_qgis_alone(shipped_code):
    faults = [
        f"{name}:{line}: imports {module}; take it from qgis.PyQt, which fits Qt 5 and Qt 6."
        for name, text in shipped_code.items()
        for line, module in external_imports(name, text)
        if module in BINDINGS
    ]
    assert not faults, in_words(faults)


def test_the_package_is_imported_relatively(shipped_code):
    faults = [
        f"{name}:{line}: write a relative import; the plugin's folder may have another name."
        for name, text in shipped_code.items()
        for line, module in external_imports(name, text)
        if module == "hyperlocal_need"
    ]
    assert not faults, in_words(faults)


def test_importing_the_whole_core_loads_nothing_from_outside(repository, shipped_code):
    """In a Python of its own, for this one has loaded more."""
    modules = [
        "hyperlocal_need." + name[:-3].replace("/", ".").replace(".__init__", "")
        for name in shipped_code
        if name.startswith("core/")
    ]
    program = (
        "import importlib, sys\n"
        f"sys.path.insert(0, {str(repository / 'tools')!r})\n"
        "from register import register\n"
        "register()\n"
        f"for name in {modules!r}: importlib.import_module(name)\n"
        f"print(' '.join(sorted({OUTSIDE_CORE!r} & set(sys.modules))))\n"
    )
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if finished.returncode:
        pytest.fail(f"importing the core fails:\n{finished.stderr}")
    assert finished.stdout.strip() == "", f"importing the core also loads {finished.stdout.strip()}"
