"""A methodology: the index as a tree of nodes, read from a JSON file, checked and frozen. Standard library only."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Tuple, Union

from . import catalogue, strict_json
from .errors import MethodologyError

PARENT_LEVELS = {
    "dimension": ("index",),
    "sub_dimension": ("dimension",),
    "composite": ("dimension", "sub_dimension"),
    "indicator": ("dimension", "sub_dimension", "composite"),
}
DIRECTIONS = tuple(strict_json.GRAMMARS["node"]["direction"])
WEIGHT_TOLERANCE = 1e-9
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class Node:
    """One node of the tree: the index, a dimension, a sub-dimension, a composite or an indicator."""

    id: str
    level: str
    title: str
    parent: Optional[str] = None
    weight: Optional[float] = None
    weighting: str = "equal"
    direction: str = "need"
    kind: str = "mean"
    geography: Optional[str] = None
    shrinkage: str = "none"
    unit: str = ""
    denominator: str = ""
    description: str = ""
    reason: str = ""
    source: str = ""
    date: str = ""
    caveats: str = ""
    reference: str = ""
    codes: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Considered:
    """A measure that the method's authors looked at and left out, and why."""

    dimension: str
    measure: str
    reason: str


@dataclass(frozen=True)
class Methodology:
    """A checked definition of an index; nodes keep the file's order, which is the order of every output."""

    id: str
    title: str
    nodes: Tuple[Node, ...]
    summary: str = ""
    warning: str = ""
    reference: str = ""
    steps: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    considered: Tuple[Considered, ...] = ()

    @classmethod
    def of_fields(cls, fields: Iterable[str], *, level: str = "indicator", **node: Any) -> Methodology:
        """A methodology of any fields, each of which is an id: the indicators of one dimension, or the dimensions."""
        top, group = Node("FIELDS", "index", "FIELDS"), Node("fields", "dimension", "fields", "FIELDS")
        within = (top, group) if level == "indicator" else (top,)
        return cls("FIELDS", "FIELDS", (*(Node(one, level, one, within[-1].id, **node) for one in fields), *within))

    def node(self, node_id: str) -> Node:
        """The node of that id; MethodologyError if there is none."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise MethodologyError(f"The methodology '{self.id}' has no node '{node_id}'.")

    def children(self, node_id: str) -> Tuple[Node, ...]:
        """The nodes whose parent is that node, in the file's order."""
        return tuple(node for node in self.nodes if node.parent == node_id)

    @property
    def index(self) -> Node:
        """The root of the tree."""
        return next(node for node in self.nodes if node.level == "index")

    @property
    def dimensions(self) -> Tuple[Node, ...]:
        """The dimensions, in the file's order."""
        return tuple(node for node in self.nodes if node.level == "dimension")

    @property
    def sub_dimensions(self) -> Tuple[Node, ...]:
        """The sub-dimensions, in the file's order."""
        return tuple(node for node in self.nodes if node.level == "sub_dimension")

    @property
    def indicators(self) -> Tuple[Node, ...]:
        """The nodes that enter the sums: composites, and indicators that are no part of a composite."""
        composites = {node.id for node in self.nodes if node.level == "composite"}
        return tuple(
            node
            for node in self.nodes
            if node.id in composites or (node.level == "indicator" and node.parent not in composites)
        )

    def dimension_of(self, node_id: str) -> Node:
        """The dimension above a sub-dimension, composite or indicator (the node itself, if it is one)."""
        node = self.node(node_id)
        while node.level != "dimension":
            node = self.node(str(node.parent))
        return node

    def weighs(self, node_id: str) -> bool:
        """Whether a node enters the overall sum: neither it nor a node above it has a given weight of 0."""
        node = self.node(node_id)
        while node.parent is not None:
            above = self.node(node.parent)
            if above.weighting == "given" and not node.weight:
                return False
            node = above
        return True

    def options(self, step_id: str) -> Dict[str, Any]:
        """All options of a step: the catalogue's defaults, overlaid by what this methodology sets."""
        return {**catalogue.step(step_id).defaults(), **self.steps.get(step_id, {})}

    def dump(self) -> Dict[str, Any]:
        """The definition as plain JSON types; ``load(dump())`` gives an equal methodology."""
        return {
            "format": 1,
            **{key: getattr(self, key) for key in ("id", "title", "summary", "warning", "reference")},
            "steps": {step: dict(options) for step, options in self.steps.items()},
            "nodes": [_dump_node(node) for node in self.nodes],
            "considered": [dataclasses.asdict(entry) for entry in self.considered],
        }

    def digest(self) -> str:
        """SHA-256 of the canonical dump, in hexadecimal: equal definitions have equal digests."""
        canonical = json.dumps(self.dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def _dump_node(node: Node) -> Dict[str, Any]:
    """The node's fields without those at their default; tuples as lists."""
    values = {}
    for field in dataclasses.fields(Node):
        value = getattr(node, field.name)
        if field.name in ("id", "level", "title") or value != field.default:
            values[field.name] = list(value) if isinstance(value, tuple) else value
    return values


def load(source: Union[str, Path, Mapping[str, Any]]) -> Methodology:
    """Read and check a methodology from a JSON file or an already parsed object.

    Raises MethodologyError for unknown or repeated keys, wrong types, orphans, cycles, unknown choices and
    weights that do not sum to 1 +- 1e-9, naming the path of the fault.
    """
    if isinstance(source, Mapping):
        return _build(source)
    path = Path(source)
    try:
        return _build(strict_json.read_object(path, "the methodology", MethodologyError))
    except MethodologyError as error:
        raise MethodologyError(f"{path}: {error}") from error


_check = partial(strict_json.check, error=MethodologyError)


def _build(parsed: Mapping[str, Any]) -> Methodology:
    _check("the methodology", parsed, "methodology")
    if parsed["format"] != 1:
        raise MethodologyError(f"format: {parsed['format']} is not known; this version reads format 1.")
    nodes = tuple(_read_node(f"nodes[{position}]", entry) for position, entry in enumerate(parsed["nodes"]))
    _check_tree(nodes)
    _check_weights(nodes)
    steps = {}
    for step, options in parsed.get("steps", {}).items():
        strict_json.check_kind(f"steps.{step}", options, "object", MethodologyError)
        steps[step] = catalogue.check_options(f"steps.{step}", step, options)
    considered = []
    for position, entry in enumerate(parsed.get("considered", [])):
        _check(f"considered[{position}]", entry, "considered")
        considered.append(Considered(**entry))
    texts = {key: parsed.get(key, "") for key in ("id", "title", "summary", "warning", "reference")}
    return Methodology(nodes=nodes, steps=steps, considered=tuple(considered), **texts)


def _read_node(path: str, entry: Any) -> Node:
    _check(path, entry, "node")
    values: Dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    if "weight" in values:
        weight = values["weight"]
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight <= 1:
            raise MethodologyError(f"{path}.weight: must be a number from 0 to 1, not {weight!r}.")
        values["weight"] = float(weight)
    if not ID_PATTERN.match(values["id"]):
        raise MethodologyError(
            f"{path}.id: '{values['id']}' must be lower-case letters, digits and underscores, a letter first."
        )
    return Node(**values)


def _check_tree(nodes: Tuple[Node, ...]) -> None:
    """Refuse duplicate ids, orphans, parents of the wrong level and cycles; demand exactly one index."""
    by_id: Dict[str, Node] = {}
    for position, node in enumerate(nodes):
        if node.id in by_id:
            raise MethodologyError(f"nodes[{position}].id: '{node.id}' is used twice.")
        by_id[node.id] = node
    for position, node in enumerate(nodes):
        path = f"nodes[{position}].parent"
        if node.level == "index":
            if node.parent is not None:
                raise MethodologyError(f"{path}: the index has no parent.")
        elif node.parent is None:
            raise MethodologyError(f"{path}: missing; '{node.id}' hangs nowhere.")
        elif node.parent not in by_id:
            raise MethodologyError(f"{path}: there is no node '{node.parent}'.")
        else:
            _check_no_cycle(path, node, by_id)
            parent = by_id[node.parent]
            if parent.level not in PARENT_LEVELS[node.level]:
                places = f"'{node.id}' ({node.level}) cannot hang under '{parent.id}' ({parent.level})"
                raise MethodologyError(f"{path}: {places}.")
    roots = [node.id for node in nodes if node.level == "index"]
    if len(roots) != 1:
        raise MethodologyError(f"nodes: exactly one index is needed; found {len(roots)}.")
    _check_leaves(nodes)


def _check_no_cycle(path: str, node: Node, by_id: Mapping[str, Node]) -> None:
    seen: List[str] = [node.id]
    while node.parent is not None and node.parent in by_id:
        if node.parent in seen:
            raise MethodologyError(f"{path}: a cycle: {' -> '.join(seen + [node.parent])}.")
        seen.append(node.parent)
        node = by_id[node.parent]


def _check_leaves(nodes: Tuple[Node, ...]) -> None:
    """Every branch ends in indicators; a parent of sub-dimensions holds nothing else."""
    for position, node in enumerate(nodes):
        levels = {child.level for child in nodes if child.parent == node.id}
        if node.level != "indicator" and not levels:
            raise MethodologyError(f"nodes[{position}]: '{node.id}' ({node.level}) has nothing under it.")
        if "sub_dimension" in levels and len(levels) > 1:
            raise MethodologyError(
                f"nodes[{position}]: '{node.id}' mixes sub-dimensions with indicators; "
                "they are on different scales and cannot be summed."
            )


def _check_weights(nodes: Tuple[Node, ...]) -> None:
    """Weights under one parent: all or none given; given ones sum to 1 and the parent says ``given``."""
    for position, parent in enumerate(nodes):
        if parent.level == "index" and parent.weight is not None:
            raise MethodologyError(f"nodes[{position}].weight: the index takes no weight.")
        if parent.level in ("composite", "indicator") and parent.weighting != "equal":
            raise MethodologyError(
                f"nodes[{position}].weighting: '{parent.id}' ({parent.level}) weighs nothing; leave it out."
            )
        children = [(place, node) for place, node in enumerate(nodes) if node.parent == parent.id]
        given = [(place, node) for place, node in children if node.weight is not None]
        if parent.weighting != "given":
            if given:
                raise MethodologyError(
                    f"nodes[{given[0][0]}].weight: given, but '{parent.id}' has weighting '{parent.weighting}'."
                )
            continue
        for place, node in children:
            if node.weight is None:
                raise MethodologyError(f"nodes[{place}].weight: missing; '{parent.id}' has weighting 'given'.")
        total = sum(float(node.weight or 0.0) for _, node in children)
        if children and abs(total - 1.0) > WEIGHT_TOLERANCE:
            places = ", ".join(f"nodes[{place}].weight" for place, _ in children)
            raise MethodologyError(f"{places}: the weights under '{parent.id}' sum to {total:.12g}, not 1.")
