"""The house rules that a machine can watch: unsafe constructs, names, inventory."""

from __future__ import annotations

import ast
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from hyperlocal_need.core.catalogue import STEPS
from hyperlocal_need.tools import package

BROAD = {"Exception", "BaseException"}
ALGORITHM_ID = re.compile(r"[a-z][a-z0-9]*\Z")
MODULE_NAME = re.compile(r"(__init__|__main__|[a-z][a-z0-9_]*)\.py\Z")
QUERY = re.compile(r"^\s*(select|insert|update|delete|create|drop|alter|pragma)\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# A path that one computer has and another has not.
HOME = re.compile(r"(?<![\w.:/-])/(home|root|Users|work|tmp)/|[A-Z]:\\Users")
TEXTS = (".py", ".md", ".txt", ".toml", ".json", ".sh", ".svg", ".qml", ".qrc", ".ui", ".j2", ".model3", ".yml", "")


@pytest.fixture(scope="module")
def trees(shipped_code):
    return {name: ast.parse(text) for name, text in shipped_code.items()}


@pytest.fixture(scope="module")
def texts(repository):
    """Path -> text of every file of the repository that a person may read."""
    names = [name for name in package.tracked_files(repository, with_new=True) if Path(name).suffix in TEXTS]
    return {name: (repository / name).read_text(encoding="utf-8", errors="replace") for name in names}


def places(trees, condition, advice):
    """One line for each node that meets the condition, with its place and what to do."""
    return [
        f"{name}:{node.lineno}: {advice}" for name, tree in trees.items() for node in ast.walk(tree) if condition(node)
    ]


def check(faults):
    assert not faults, "\n" + "\n".join(faults)


def test_no_assert_ships(trees):
    check(places(trees, lambda node: isinstance(node, ast.Assert), "raise an error of core/errors.py instead."))


def test_no_broad_except(trees):
    def is_broad(node):
        if not isinstance(node, ast.ExceptHandler):
            return False
        caught = [node.type] if not isinstance(node.type, ast.Tuple) else node.type.elts
        return any(entry is None or (isinstance(entry, ast.Name) and entry.id in BROAD) for entry in caught)

    check(places(trees, is_broad, "catch the errors that can come, by name."))


def test_no_random_module(trees):
    def takes_random(node):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        return "random" in names or (isinstance(node, ast.ImportFrom) and node.level == 0 and node.module == "random")

    check(places(trees, takes_random, "use numpy.random.default_rng with a seed."))


def test_no_part_of_a_layer_is_kept_where_a_worker_thread_goes(trees):
    """PyQt keeps a list of what QGIS has made and Python has seen, without a lock.

    A layer that ends in a worker thread is struck off by the main thread. If Python still knows a part of it then, the
    worker strikes off the same entry at the same moment, and the process ends.
    """
    parts = {"styleManager", "dataProvider", "undoStack", "currentThread", "temporaryLayerStore"}
    main_thread_alone = ("processing_provider/project/", "processing_provider/layouts/", "ui/")

    def asks_for_a_part(node):
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in parts

    def keeps_a_part(node):
        return isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and asks_for_a_part(node.value)

    workers = {name: tree for name, tree in trees.items() if not name.startswith(main_thread_alone)}
    assert any(asks_for_a_part(node) for tree in workers.values() for node in ast.walk(tree)), "there is none to watch"
    check(places(workers, keeps_a_part, "ask the layer for it each time, and give it no name."))


def test_no_query_is_put_together_from_pieces(trees):
    def is_query(node):
        if isinstance(node, ast.JoinedStr):
            first = node.values[0] if node.values else None
            return isinstance(first, ast.Constant) and bool(QUERY.match(str(first.value)))
        return (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, (ast.Add, ast.Mod))
            and isinstance(node.left, ast.Constant)
            and isinstance(node.left.value, str)
            and bool(QUERY.match(node.left.value))
        )

    check(places(trees, is_query, "pass values to SQL as parameters."))


def test_nothing_is_left_unfinished(shipped_code):
    check(
        [
            f"{name}:{number}: finish it or drop it."
            for name, text in shipped_code.items()
            for number, line in enumerate(text.splitlines(), 1)
            if UNFINISHED.search(line)
        ]
    )


def test_every_public_thing_is_explained(trees):
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    faults = []
    for name, tree in trees.items():
        top = [node for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_")]
        if name.startswith("processing_provider/algorithms/"):
            # What compute does, its module says.
            top = [node for node in top if node.name != "compute"]
        for node in [tree, *top] if tree.body else top:
            if ast.get_docstring(node) is None:
                faults.append(
                    f"{name}:{getattr(node, 'lineno', 1)}: a docstring is missing; one sentence to begin with."
                )
    check(faults)


def test_modules_are_named_in_lower_case(shipped_code):
    check(
        [
            f"{name}: use lower-case letters, digits and _."
            for name in shipped_code
            if not MODULE_NAME.match(Path(name).name)
        ]
    )


def test_algorithms_have_plain_ids(repository, trees):
    """Every file of algorithms holds one: ``compute``, under the id of a step of the catalogue, and is declared."""
    folder = "processing_provider/algorithms/"
    found = {Path(name).stem: tree for name, tree in trees.items() if name.startswith(folder) and tree.body[1:]}
    ids = sorted(step.id for step in STEPS)
    assert len(ids) > 20
    declared = json.loads((repository / "processing_provider/algorithms.json").read_text(encoding="utf-8"))
    assert sorted(found) == ids == sorted(declared["algorithms"])
    check([f"{name}: an id is lower-case letters and digits." for name in found if not ALGORITHM_ID.match(name)])
    for name, tree in found.items():
        public = [one.name for one in tree.body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")]
        assert "compute" in public, f"{name}: has no function compute, which does the work."


def test_resources_list_exactly_the_icons(repository):
    listed = sorted(entry.text for entry in ElementTree.parse(repository / "resources.qrc").iter("file"))
    there = sorted(path.relative_to(repository).as_posix() for path in (repository / "resources/icons").iterdir())
    assert listed == there, "resources.qrc: list every file of resources/icons, and no other."


def test_icons_are_small_drawings(repository):
    for path in sorted((repository / "resources/icons").glob("*.svg")):
        root = ElementTree.parse(path).getroot()
        assert root.get("viewBox") == "0 0 24 24", f"{path.name}: draw it in a box of 24 by 24."
        assert root.find("{http://www.w3.org/2000/svg}title") is not None, f"{path.name}: give it a <title>."


def test_no_path_of_one_computer_is_written_down(texts):
    check(
        [
            f"{name}:{number}: a path of one computer; make it relative or let the user give it."
            for name, text in texts.items()
            for number, line in enumerate(text.splitlines(), 1)
            if HOME.search(line)
        ]
    )
