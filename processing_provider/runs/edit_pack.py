"""Editing a pack from the files that importing has written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence

from ...core import editing, strict_json
from ...core import methodology as methodologies
from ...core.errors import DataError, OptionError
from ...core.published.pack_editor import Addition, check_target, edit_pack, own_node, with_own_indicator
from ..io import destination


@dataclass(frozen=True)
class Own:
    """How indicators beyond the method's enter a methodology of one's own, and where that is written."""

    methodology: Path
    output: Path
    parent: str
    direction: str
    shrinkage: str
    title: str = ""


def run(
    source: Path,
    target: Path,
    entries: Sequence[Path],
    remove: Sequence[str],
    report: Callable[[float, str], None],
    own: Optional[Own] = None,
) -> Dict[str, List[str]]:
    """Write a new pack with the entries of these JSON files; what was added, replaced and removed."""
    additions = [addition for path in entries for addition in read_entries(path)]
    method, names = (None, []) if own is None else _own_methodology(additions, own)
    check_target(source, target)
    with destination.writing() as writer:
        aside = writer.file(target) if target.suffix == ".zip" else writer.whole_folder(target)
        changed = edit_pack(source, aside, add=additions, remove=remove, progress=report)
        if own is not None and method is not None:
            editing.save(method, writer.file(own.output))
        report(1.0, "Moving into place")
    return {**changed, "in the methodology": names}


def _own_methodology(additions: Sequence[Addition], own: Own):
    """The methodology with those additions that it does not know, and their ids; OptionError if there is none."""
    method = methodologies.load(own.methodology)
    known = {node.id for node in method.nodes}
    new = [addition for addition in additions if addition.indicator not in known]
    if not new:
        raise OptionError("METHODOLOGY_OUT: the methodology knows all the indicators that are added; leave it empty.")
    if own.parent not in known:
        raise OptionError(f"PARENT: '{own.parent}' is not in the methodology; give a dimension or sub-dimension.")
    for addition in new:
        node = own_node(
            addition,
            parent=own.parent,
            direction=own.direction,
            shrinkage=own.shrinkage,
            title=own.title if len(new) == 1 else "",
        )
        method = with_own_indicator(method, node)
    return method, [addition.indicator for addition in new]


def read_entries(path: Path) -> List[Addition]:
    """The entries of a file that importing has written, with the table it names; DataError if it is none."""
    try:
        told = strict_json.parsed(path.read_text(encoding="utf-8"))
        entries, table = dict(told["entries"]), Path(told["table"])
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path.name}: is not an entry written by importing ({error}).") from error
    table = table if table.is_file() else path.with_name(table.name)
    if not entries:
        raise DataError(f"{path.name}: has no entry for a pack; the file it was made from holds no figures by area.")
    return [Addition(name, entry, table) for name, entry in entries.items()]
