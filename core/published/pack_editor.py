"""A new pack from an old one: indicators added, replaced or taken out, the whole checked, zipped if asked."""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Dict, Iterable, List, Mapping, Sequence, Set, Tuple

from .. import pack_format
from ..errors import DataError, PackError
from ..methodology import ID_PATTERN, Methodology, Node, load
from ..pack import MANIFEST, Pack
from ..texts import Progress, no_progress

_ENDINGS = (".csv", ".csv.gz")
_STORED = (".gz", ".gpkg", ".zip")


@dataclass(frozen=True)
class Addition:
    """An indicator to put into a pack: its entry for ``pack.json`` and the clean table that it reads."""

    indicator: str
    entry: Mapping[str, Any]
    table: Path


def check_target(source: Path, target: Path) -> None:
    """DataError where a new pack must not be written: the pack itself, or a place with other files."""
    if target.exists() and (
        target.is_file() != (target.suffix == ".zip") or (target.is_dir() and any(target.iterdir()))
    ):
        raise DataError(f"{target}: holds other files; choose an empty folder or another name.")
    if target.resolve() == source.resolve():
        raise DataError(f"{target}: is the pack itself; write the new pack to another place.")


def edit_pack(
    source: Path,
    target: Path,
    *,
    add: Sequence[Addition] = (),
    remove: Sequence[str] = (),
    progress: Progress = no_progress,
) -> Dict[str, List[str]]:
    """Write the pack ``source``, so changed, to ``target``: a new folder, or a zip where the name ends so.

    The pack that is edited stays as it is. Entries that stand there already are replaced; tables that no entry
    names any more are left behind. The new pack is opened and every table of its indicators read; where that
    fails, the caller removes ``target``. Returns the ids added, replaced and removed. Raises PackError or DataError.
    """
    with Pack.open(source) as pack:
        spec, changed = _changed(pack.spec, add, remove)
        pack_format.check(spec)
        made = target.with_suffix("") if target.suffix == ".zip" else target
        _write(pack, spec, add, made, progress)
        with Pack.open(made) as opened:
            check_tables(opened, [addition.indicator for addition in add])
        if made != target:
            zip_folder(made, target)
            shutil.rmtree(made)
    return changed


def _changed(
    before: Mapping[str, Any], add: Sequence[Addition], remove: Sequence[str]
) -> Tuple[Dict[str, Any], Dict[str, List[str]]]:
    spec: Dict[str, Any] = copy.deepcopy(dict(before))
    entries = spec["indicators"]
    changed: Dict[str, List[str]] = {"added": [], "replaced": [], "removed": []}
    for name in remove:
        if name not in entries:
            raise PackError(f"indicators.{name}: is not in the pack; it has {', '.join(entries)}.")
        del entries[name]
        changed["removed"].append(name)
    for addition in add:
        name = addition.indicator
        if not ID_PATTERN.match(name):
            raise PackError(f"indicators.{name}: an id has lower-case letters, digits and _, and starts with a letter.")
        changed["replaced" if name in entries else "added"].append(name)
        entries[name] = {**addition.entry, "file": _place_of(addition)}
    return spec, changed


def _place_of(addition: Addition) -> str:
    """The path inside the pack; never the one that an entry brings along, which could lead anywhere."""
    ending = next((ending for ending in _ENDINGS if addition.table.name.lower().endswith(ending)), None)
    if ending is None:
        raise PackError(f"{addition.table.name}: a table of a pack is a .csv or .csv.gz file.")
    return f"indicators/{addition.indicator}{ending}"


def _write(pack: Pack, spec: Mapping[str, Any], add: Sequence[Addition], folder: Path, progress: Progress) -> None:
    own = {_place_of(addition): addition.table for addition in add}
    files = list(dict.fromkeys(pack_format.files(spec)))
    for place, file in enumerate(files):
        progress(place / max(len(files), 1), file)
        copied = folder / PurePosixPath(file)
        copied.parent.mkdir(parents=True, exist_ok=True)
        if file in own and not own[file].is_file():
            raise PackError(f"{own[file]}: there is no such table.")
        shutil.copyfile(own.get(file) or pack.path(file), copied)
    (folder / MANIFEST).write_text(json.dumps(spec, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def check_tables(pack: Pack, indicators: Iterable[str]) -> None:
    """Read the columns that these entries name; PackError says which file, column and area is at fault."""
    for name in indicators:
        entry = pack.entries[name]
        for file, code, columns in _columns(entry):
            pack.table(file, code, numbers=sorted(columns))


def _columns(entry: pack_format.Entry) -> List[Tuple[str, str, Set[str]]]:
    plain = {column for column in (entry.value, entry.weight, entry.standard_error) if column}
    read = [(entry.file, entry.code, plain)] if plain else []
    for counts in (entry.numerator, entry.denominator, *(entry.change or {}).values()):
        if counts is not None:
            read.append((counts.file, counts.code, set(counts.columns)))
    return read


def zip_folder(folder: Path, target: Path) -> None:
    """All files of a folder in a zip, in the order of their names; equal folders give equal zips."""
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_STORED if path.suffix in _STORED else zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            with path.open("rb") as stream, archive.open(member, "w", force_zip64=True) as inside:
                shutil.copyfileobj(stream, inside, 1 << 20)


def with_own_indicator(methodology: Methodology, node: Node) -> Methodology:
    """A methodology of one's own: the given one with one more indicator, checked whole, under an id of its own.

    The parent must not have given weights, for the new indicator would have none. DataError or MethodologyError
    names a fault.
    """
    if methodology.node(str(node.parent)).weighting == "given":
        raise DataError(f"{node.id}: '{node.parent}' has given weights; set weights for all of its indicators first.")
    ending = "_own"
    own = methodology.id if methodology.id.endswith(ending) else methodology.id + ending
    title = methodology.title if own == methodology.id else f"{methodology.title}, with own indicators"
    changed = dataclasses.replace(methodology, id=own, title=title, nodes=(*methodology.nodes, node))
    return load(changed.dump())


def own_node(addition: Addition, *, parent: str, direction: str, shrinkage: str, title: str = "") -> Node:
    """The node of an indicator beyond the method's own; its kind follows from its entry.

    A count out of a denominator is a ``count``, an open-ended one a ``ratio``, all else a ``mean``.
    """
    entry = addition.entry
    kind = "mean" if "numerator" not in entry else "ratio" if entry.get("unbounded") else "count"
    return Node(
        addition.indicator,
        "indicator",
        title or addition.indicator.replace("_", " ").capitalize(),
        parent=parent,
        direction=direction,
        kind=kind,
        geography=entry.get("geography"),
        shrinkage=shrinkage,
        source=entry.get("source", ""),
        date=entry.get("date", ""),
    )
