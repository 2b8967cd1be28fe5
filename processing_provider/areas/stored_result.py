"""A result on disk with everything that maps and reports say of it: title, sources, what was left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Dict, Mapping, Optional, Tuple

import pandas as pd
from qgis.core import QgsProviderRegistry

from ...core import strict_json
from ...core.errors import DataError, MethodologyError
from ...core.evidence import ENDING
from ...core.findings import saved
from ...core.findings.saved import Saved
from ...core.methodology import Methodology, load
from ...core.pack import Pack
from ...core.texts import listed
from ..face import DEFAULT_METHODOLOGY
from ..io.frames import open_layer

LOG = "log.json"


def evidence_of(path: Path) -> Path:
    """Where the evidence of a result's GeoPackage stands."""
    return path.with_name(f"{path.stem}{ENDING}")


def log_beside(path: Path) -> Optional[Path]:
    """The evidence of a result's GeoPackage, else the log of an earlier version; None where neither is there."""
    return next((one for one in (evidence_of(path), path.with_name(LOG)) if one.is_file()), None)


def source_file(source: str) -> Path:
    """The file behind a layer's source; DataError where the layer is not in a file."""
    path = QgsProviderRegistry.instance().decodeUri("ogr", source).get("path", "")
    if not path or not Path(path).is_file():
        raise DataError("The need layer must be the layer 'need' of a GeoPackage that 'Compute the index' has written.")
    return Path(path)


def read(path: Path, *, methodology: Optional[Path] = None, pack: Optional[Path] = None, stages: bool = True) -> Saved:
    """Read a result's GeoPackage, with the log beside it and the pack's sources where they are given.

    The methodology is the file named, else that of the log, else the one that is shipped. Sources are the pack's lines,
    else those that the quality table names. DataError and PackError name what cannot be read.
    """
    log = _log_beside(path)
    chosen = load(methodology) if methodology else _logged(log) or load(DEFAULT_METHODOLOGY)
    result = saved.read(path, chosen, country=_country(log), stages=stages)
    logged = log.get("pack", {})
    title, attribution = _title(log, path.name), tuple(logged.get("attribution", ()))
    if not attribution:
        # A file that was sent on without its log still says what it is.
        own = open_layer(path, "need").metadata()
        attribution = tuple(own.rights())
        log = {**log, "pack": {"licence": "; ".join(own.licenses()), **logged}}
    if pack is not None:
        with Pack.open(pack) as opened:
            title, attribution = opened.title, opened.attribution
            log = {**log, "pack": {**logged, "licence": opened.spec.get("licence", "")}}
    log["made"] = made_on(path, log)
    absent = tuple(str(one) for one in result.quality.index[result.quality["status"] == "absent"])
    return replace(
        result,
        title=title,
        attribution=attribution or _sources(result.quality),
        left_out=absent,
        log=log,
        weights=log.get("weights", {}),
    )


def read_shown(
    path: Path, methodology: Methodology, country: str, progress: saved.Progress = saved.no_progress
) -> Saved:
    """A result that the project shows, with the weights that its log records, where there is one."""
    log = _log_beside(path)
    result = saved.read(path, methodology, country=country, progress=progress)
    return replace(result, log=log, weights=log.get("weights", {}))


def made_on(path: Path, log: Optional[Mapping[str, Any]] = None) -> str:
    """The day on which a result was computed, as its log says, else of its file; in ISO."""
    log = _log_beside(path) if log is None else log
    return str(log.get("made") or date.fromtimestamp(path.stat().st_mtime).isoformat())


def method_of(path: Path) -> Tuple[Methodology, str, str]:
    """Methodology, title and country of a finished result, to take it up by: its log's, else those that are shipped.

    DataError where the file is no result, or holds indicators that the methodology does not know.
    """
    log = _log_beside(path)
    methodology = _logged(log) or load(DEFAULT_METHODOLOGY)
    keys = saved.read_keys(path)
    if len(keys) < len(saved.KEYS):
        raise DataError(
            f"{path}: is not a result; choose the need.gpkg that 'Compute the index' has written, or what the model of "
            "all steps has."
        )
    unknown = set(keys["quality"]) - {node.id for node in methodology.nodes}
    if unknown:
        raise DataError(
            f"{path}: was made by another method (it holds '{min(unknown)}'); put its {LOG} beside it, which names it."
        )
    english = all(str(code).startswith("E0") for code in keys["districts"])
    return methodology, _title(log, path.parent.name), _country(log) if english else "All areas"


def _title(log: Mapping[str, Any], otherwise: str) -> str:
    universe = log.get("universe", ())
    return log.get("pack", {}).get("title", otherwise) + (f", {listed(universe, 3)} alone" if universe else "")


def _country(log: Mapping[str, Any]) -> str:
    return "All areas" if log.get("universe") else "England"


def _log_beside(path: Path) -> Dict[str, Any]:
    place = log_beside(path)
    if place is None:
        return {}
    try:
        log = strict_json.parsed(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{place}: cannot be read as the log of a run ({error}).") from error
    return log if isinstance(log, dict) else {}


def _logged(log: Mapping[str, Any]) -> Optional[Methodology]:
    try:
        return load(log["methodology"]) if "methodology" in log else None
    except MethodologyError as error:
        raise DataError(f"{LOG}: {error}") from error


def _sources(quality: pd.DataFrame) -> Tuple[str, ...]:
    """The publishers of the figures, each once."""
    named = dict.fromkeys(str(one).split(",")[0].strip() for one in quality["source"].dropna() if str(one).strip())
    return (f"Sources: {'; '.join(named)}.",) if named else ()
