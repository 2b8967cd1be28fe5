"""Changes to a methodology, made on a copy: weights, direction, shrinkage, and what differs. Standard library only."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from .errors import MethodologyError
from .methodology import Considered, Methodology, Node, load

TURNED_OFF = "Turned off by the user."
_FIELDS = ("weight", "weighting", "direction", "shrinkage")
_WORDS: Mapping[str, str] = json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8"))["method"]


@dataclass(frozen=True)
class Difference:
    """One way in which a methodology departs from the published one, in words."""

    node: str
    text: str


def effective_weights(methodology: Methodology, parent: str, off: Iterable[str] = ()) -> Dict[str, float]:
    """The weight of each child, summing to 1: as given, or equal shares of those that are not turned off.

    Fitted weights are not known before the run; they are shown as equal.
    """
    children = methodology.children(parent)
    off = set(off)
    if methodology.node(parent).weighting == "given":
        return {child.id: float(child.weight or 0.0) for child in children}
    on = [child.id for child in children if child.id not in off]
    return {child.id: 1.0 / len(on) if child.id in on else 0.0 for child in children}


def rebalance(weights: Mapping[str, float], changed: str, value: float, off: Iterable[str] = ()) -> Dict[str, float]:
    """Weights that sum to 1 with one set to ``value``: the others keep their proportions, those turned off stay 0.

    Others that are all 0 share the rest evenly; an only child keeps 1.
    """
    value = min(max(value, 0.0), 1.0)
    off = set(off)
    others = [name for name in weights if name != changed and name not in off]
    if not others:
        return {name: 1.0 if name == changed else 0.0 for name in weights}
    total = sum(weights[name] for name in others)
    rest = 1.0 - value
    shares = {name: weights[name] / total if total > 0 else 1.0 / len(others) for name in others}
    result = {name: value if name == changed else rest * shares.get(name, 0.0) for name in weights}
    # The last one takes what rounding has left, so that the sum is 1 to the last digit.
    last = max(others, key=lambda name: result[name])
    result[last] += 1.0 - sum(result.values())
    return result


def _changed(methodology: Methodology, changes: Mapping[str, Mapping[str, Any]]) -> Methodology:
    """A copy whose nodes have other fields, by id."""
    nodes = tuple(dataclasses.replace(node, **changes.get(node.id, {})) for node in methodology.nodes)
    return dataclasses.replace(methodology, nodes=nodes)


def with_weights(methodology: Methodology, parent: str, weights: Mapping[str, float]) -> Methodology:
    """A copy whose children of ``parent`` have these weights; they need not sum to 1 until the copy is saved."""
    given = {name: {"weight": float(weight)} for name, weight in weights.items()}
    return _changed(methodology, {**given, parent: {**given.get(parent, {}), "weighting": "given"}})


def with_equal_weights(methodology: Methodology, parent: str) -> Methodology:
    """A copy whose children of ``parent`` all weigh the same."""
    children = {child.id: {"weight": None} for child in methodology.children(parent)}
    return _changed(methodology, {**children, parent: {"weighting": "equal"}})


def with_node(methodology: Methodology, node_id: str, **changes: Any) -> Methodology:
    """A copy in which one node has other fields, such as ``direction`` or ``shrinkage``."""
    methodology.node(node_id)
    return _changed(methodology, {node_id: changes})


def left_to_one(methodology: Methodology) -> Dict[str, float]:
    """How much is left to 1 under each parent with given weights whose sum is not 1, by the parent's id."""
    rest = {}
    for parent in methodology.nodes:
        if parent.weighting == "given":
            left = 1.0 - sum(float(child.weight or 0.0) for child in methodology.children(parent.id))
            if abs(left) > 1e-9:
                rest[parent.id] = left
    return rest


def without(methodology: Methodology, off: Sequence[str]) -> Methodology:
    """A copy without these indicators, nor the branches that have nothing else; they are listed as considered.

    A parent of given weights must have given the rest its share before, for weights are never changed here.
    """
    gone = set(off)
    nodes: List[Node] = list(methodology.nodes)
    while True:
        held = {node.parent for node in nodes if node.id not in gone}
        empty = {node.id for node in nodes if node.level != "indicator" and node.id not in held} - gone
        orphans = {node.id for node in nodes if node.parent in gone} - gone
        if not empty | orphans:
            break
        gone |= empty | orphans
    considered = tuple(
        Considered(methodology.dimension_of(name).id, methodology.node(name).title, TURNED_OFF) for name in off
    )
    kept = tuple(node for node in nodes if node.id not in gone)
    return dataclasses.replace(methodology, nodes=kept, considered=methodology.considered + considered)


def differences(published: Methodology, edited: Methodology, off: Iterable[str] = ()) -> Tuple[Difference, ...]:
    """What differs from the published method: weights, directions, shrinkage, nodes that are gone, new or off."""
    found = []
    known = {node.id: node for node in published.nodes}
    now = {node.id: node for node in edited.nodes}
    off = set(off)
    for name, node in now.items():
        if name not in known:
            found.append(Difference(name, f"{node.title}: not in the published method"))
            continue
        if name in off:
            found.append(Difference(name, f"{node.title}: turned off"))
        found += [Difference(name, f"{node.title}: {text}") for text in _changes(known[name], node)]
    found += [Difference(name, f"{node.title}: taken out") for name, node in known.items() if name not in now]
    for step, options in edited.steps.items():
        before = published.options(step)
        found += [
            Difference(step, f"{option} is {value}, published {before[option]}")
            for option, value in options.items()
            if before[option] != value
        ]
    return tuple(found)


def _changes(before: Node, after: Node) -> Iterable[str]:
    for key in _FIELDS:
        old, new = getattr(before, key), getattr(after, key)
        if key == "weight":
            if abs((old or 0.0) - (new or 0.0)) > 1e-9 and not (old is None and new is None):
                yield f"weight {_percent(new)}, published {_percent(old)}"
        elif old != new:
            yield f"{_WORDS[new]}, published {_WORDS[old]}"


def _percent(weight: Optional[float]) -> str:
    return "equal" if weight is None else f"{100 * weight:.4g} %"


def save(methodology: Methodology, path: Path) -> Methodology:
    """Check a methodology and write it as JSON, aside first; gives it as read back.

    MethodologyError where it would be refused when opened, such as weights that do not sum to 1, or where the
    place cannot be written.
    """
    checked = load(methodology.dump())
    path = Path(path)
    aside = path.with_name(f"{path.name}.part")
    try:
        aside.write_text(json.dumps(methodology.dump(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(aside, path)
    except OSError as error:
        raise MethodologyError(f"{path}: cannot be written ({error.strerror}); choose another place.") from error
    return checked
