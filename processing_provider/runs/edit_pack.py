"""Editing a pack from the files that importing has written."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Sequence, Tuple

from ...core import editing, strict_json
from ...core.errors import DataError, OptionError
from ...core.methodology import Methodology
from ...core.published.pack_editor import Addition, check_target, edit_pack, own_node, with_own_indicator
from ..io import destination
from ..values import Values


def run(values: Values) -> Dict[str, List[str]]:
    """Write a new pack with the entries of the files in ADD and without REMOVE; what was added, replaced, removed.

    With METHODOLOGY_OUT, indicators that the methodology does not know enter one that is written there.
    """
    files, remove = [Path(path) for path in values.read("FileList", "ADD") if path], values.names("REMOVE")
    if not files and not remove:
        raise OptionError("ADD, REMOVE: give an entry to add, or the id of an indicator to take out.")
    source, target, output = values.path("PACK"), values.path("OUTPUT"), values.path("METHODOLOGY_OUT")
    additions = [addition for path in files for addition in read_entries(path)]
    method, names = _own_methodology(additions, values) if output else (None, [])
    check_target(source, target)
    report = values.advance(1.0)
    with destination.writing() as writer:
        aside = writer.file(target) if target.suffix == ".zip" else writer.whole_folder(target)
        changed = edit_pack(source, aside, add=additions, remove=remove, progress=report)
        if output and method is not None:
            editing.save(method, writer.file(output))
        report(1.0, "Moving into place")
    return {**changed, "in the methodology": names}


def _own_methodology(additions: Sequence[Addition], values: Values) -> Tuple[Methodology, List[str]]:
    """The methodology with those additions that it does not know, and their ids; OptionError if there is none."""
    method, own = values.methodology(), values.settings()
    known = {node.id for node in method.nodes}
    new = [addition for addition in additions if addition.indicator not in known]
    if not new:
        raise OptionError("METHODOLOGY_OUT: the methodology knows all the indicators that are added; leave it empty.")
    if own["parent"] not in known:
        raise OptionError(f"PARENT: '{own['parent']}' is not in the methodology; give a dimension or sub-dimension.")
    title = own["title"] if len(new) == 1 else ""
    for addition in new:
        method = with_own_indicator(method, own_node(addition, **{**own, "title": title}))
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
