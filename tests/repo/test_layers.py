"""core <- processing_provider <- ui <- plugin.py: what a file may import follows from its folder."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

# The layers from the innermost outwards; a file may import from its own and from those before it.
LAYERS = ("core", "processing_provider", "ui", "plugin.py")
# Files at the top of a layer that are a room together; every other room is a folder.
GROUPED = {
    "core: ground": (
        "core/arrays core/errors core/zip_guard core/strict_json core/texts core/words core/geographies core/catalogue "
        "core/methodology core/editing core/schema core/pack_format core/pack core/rates core/table core/meaning "
        "core/evidence"
    ),
    "core: road": "core/assessment core/crosswalks core/indicators core/figures core/result core/index core/pack_check",
    "provider: leaves": "processing_provider/compat processing_provider/dependencies processing_provider/face",
    "provider: algorithm": (
        "processing_provider/base processing_provider/values processing_provider/arguments "
        "processing_provider/parameters"
    ),
    "provider": "processing_provider/provider",
    "ui: settings": "ui/settings",
    "ui: session": "ui/session",
    "ui: about": "ui/about_box",
    "ui: locator": "ui/locator ui/drops",
    "dock": "ui/dock",
    "plugin": "plugin",
}
# Which rooms each room may import from, lateral ones too. Read it from top to bottom: arrows point upwards only.
# docs/architecture.md says what each room is for.
ARROWS = {
    "core: ground": "",
    "core/steps": "core: ground",
    "core/demo": "core: ground",
    "core/published": "core: ground",
    "core/published/reading": "core: ground",
    "core/sources": "core: ground, core/published/reading",
    "core/published/making": "core: ground, core/published/reading, core/sources",
    "core: road": "core: ground, core/steps",
    "core/findings": "core: ground, core/steps",
    "provider: leaves": "",
    "processing_provider/io": "core, provider: leaves",
    "processing_provider/geometry": "core, provider: leaves, processing_provider/io",
    "processing_provider/areas": "core, provider: leaves, processing_provider/io, processing_provider/geometry",
    "processing_provider/spreadsheets": "core",
    "processing_provider/style": "core, provider: leaves, processing_provider/io",
    "processing_provider/maps": (
        "core, provider: leaves, processing_provider/io, processing_provider/geometry, processing_provider/style"
    ),
    "processing_provider/layouts": (
        "provider: leaves, processing_provider/io, processing_provider/style, processing_provider/maps"
    ),
    "processing_provider/reports": (
        "core, provider: leaves, processing_provider/io, processing_provider/style, processing_provider/maps, "
        "processing_provider/layouts"
    ),
    "processing_provider/project": (
        "core, provider: leaves, processing_provider/io, processing_provider/areas, processing_provider/style, "
        "processing_provider/layouts"
    ),
    "provider: algorithm": (
        "core, provider: leaves, processing_provider/io, processing_provider/areas, processing_provider/style"
    ),
    "processing_provider/runs": (
        "core, provider: leaves, processing_provider/io, processing_provider/geometry, processing_provider/areas, "
        "processing_provider/spreadsheets, processing_provider/style, processing_provider/maps, "
        "processing_provider/layouts, processing_provider/reports, provider: algorithm"
    ),
    "processing_provider/algorithms": (
        "core, processing_provider/io, processing_provider/areas, processing_provider/style, "
        "processing_provider/project, provider: algorithm, processing_provider/runs"
    ),
    # It loads processing_provider/algorithms by the ids of the catalogue, which no import shows.
    "provider": "core, provider: leaves, provider: algorithm",
    "ui: settings": "",
    "ui/background": "core",
    "ui/map": "processing_provider/style",
    "ui/states": (
        "core, provider: leaves, processing_provider/areas, processing_provider/style, processing_provider/project, "
        "ui: settings, ui/background"
    ),
    "ui: session": (
        "core, provider: leaves, processing_provider/areas, ui: settings, ui/background, ui/map, ui/states"
    ),
    "ui/widgets": "core, provider: leaves, processing_provider/style, ui/states",
    "ui/pages": (
        "core, provider: leaves, processing_provider/io, processing_provider/style, processing_provider/layouts, "
        "processing_provider/project, processing_provider/runs, ui: settings, ui/background, ui/map, ui/states, "
        "ui: session, ui/widgets"
    ),
    "dock": "provider: leaves, ui: settings, ui: session, ui/widgets, ui/pages",
    "ui: about": "provider: leaves",
    "ui: locator": (
        "core, provider: leaves, processing_provider/areas, processing_provider/project, processing_provider/runs, "
        "ui: settings, ui/map"
    ),
    "plugin": "provider: leaves, processing_provider/project, provider, ui: settings, ui: about, ui: locator, dock",
}
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


def room_of(module, names):
    """The room of a module, a path from the root such as 'core.pack.Pack'; ``names`` are the files that there are."""
    parts = module.split(".")
    while f"{'/'.join(parts)}.py" not in names and f"{'/'.join(parts)}/__init__.py" not in names:
        parts.pop()
    path = "/".join(parts)
    grouped = next((room for room, files in GROUPED.items() if path in files.split()), None)
    if grouped is not None:
        return grouped
    return path if f"{path}/__init__.py" in names else path.rpartition("/")[0]


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


def test_rooms_import_from_the_rooms_that_they_may(shipped_code):
    faults, found, used = [], {}, set()
    for name, text in shipped_code.items():
        if name.partition("/")[0] not in LAYERS or name.endswith("/__init__.py"):
            continue
        room = room_of(name[:-3].replace("/", "."), shipped_code)
        assert room in ARROWS, f"{name}: belongs to no room; add it to GROUPED, or its folder to ARROWS."
        found[room] = found.get(room, 0) + 1
        allowed = ARROWS.get(room, "").split(", ")
        for line, module in imported_modules(name, text):
            target = "" if module[0] == "/" else room_of(module, shipped_code)
            if target in ("", room):
                continue
            arrow = "core" if target.startswith("core") and "core" in allowed else target
            used.add((room, arrow))
            if arrow not in allowed:
                faults.append(f"{name}:{line}: {room} imports from {target}; it may from {', '.join(allowed)}.")
    assert not faults, in_words(faults)
    assert not set(ARROWS) - set(found) - {"core/published"}, "these rooms hold no file"
    unused = [f"{room} <- {one}" for room, arrows in ARROWS.items() for one in arrows.split(", ") if one]
    unused = [one for one in unused if tuple(one.split(" <- ")) not in used]
    assert not unused, f"these arrows are drawn no more, so take them out: {unused}"


def test_no_circle_of_files(shipped_code):
    """At the time of importing: what a function imports, or a type checker alone, is read when all is there."""
    arrows = {}
    for name, text in shipped_code.items():
        top = [node for node in ast.parse(text).body if isinstance(node, (ast.Import, ast.ImportFrom))]
        body = ast.unparse(ast.Module(body=top, type_ignores=[]))
        own = {
            "/".join(module.split(".")[:depth]) + ".py"
            for _, module in imported_modules(name, body)
            for depth in range(1, 6)
        }
        arrows[name] = {one for one in own if one in shipped_code and one != name}
    assert sum(map(len, arrows.values())) > 300
    while True:
        leaves = {name for name, targets in arrows.items() if not targets}
        if not leaves:
            break
        arrows = {name: targets - leaves for name, targets in arrows.items() if name not in leaves}
    assert not arrows, f"these files import each other in a circle: {sorted(arrows)}"


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
