"""The need layer summed up for local areas: from sources to the table of areas and the table of their LSOAs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

import numpy as np
import pandas as pd
from qgis.core import QgsCoordinateTransformContext, QgsProcessingFeatureSource

from ...core.errors import DataError, OptionError
from ...core.methodology import Methodology
from ...core.steps import assign
from ...core.steps.area_table import area_table, class_counts
from ...core.steps.assign import TOLERANCE, Pieces
from ...core.steps.classify import whole_numbers
from ...core.steps.standardise import published_ranks
from ...core.words import counted
from ..io.frames import plain_columns
from . import reading as boundaries
from .reading import Assigned, LocalAreas, SmallAreas

Report = Callable[..., None]
# Fields of the layer ``need`` that the table of LSOAs shows where they are there.
MEMBER_FIELDS = ("district_code", "district_name", "region_name", "need_decile", "hotspot", "mission_class")


@dataclass(frozen=True)
class Settings:
    """What to sum up and how; field names are '' where the layer ``need`` has them under their own names."""

    methodology: Methodology
    method: str = "centroid"
    area_field: str = ""
    code_field: str = ""
    name_field: str = ""
    lsoa_field: str = "area_code"
    score_field: str = ""
    rank_field: str = ""
    population_field: str = "population"
    lookup_lsoa: str = ""
    lookup_area: str = ""
    lookup_share: str = ""
    pack: Optional[Path] = None
    tolerance: float = TOLERANCE
    measure_fit: bool = True


@dataclass(frozen=True)
class Summary:
    """The areas with their figures, the LSOAs in and outside them, and what is to be said."""

    areas: LocalAreas
    table: pd.DataFrame
    members: pd.DataFrame
    messages: Tuple[str, ...]

    def with_attributes(self) -> pd.DataFrame:
        """The table with the fields of the areas' own layer behind it; a name in use gets ``_input``."""
        own = plain_columns(self.areas.attributes.drop(columns="fid", errors="ignore").set_axis(self.table.index))
        taken = {self.table.index.name, *self.table.columns}
        own = own.rename(columns={name: f"{name}_input" for name in own if name in taken})
        return pd.concat([self.table, own], axis=1)


def summarise_areas(
    need: QgsProcessingFeatureSource,
    polygons: Optional[QgsProcessingFeatureSource],
    lookup: Optional[QgsProcessingFeatureSource],
    settings: Settings,
    context: QgsCoordinateTransformContext,
    report: Report,
) -> Summary:
    """Assign LSOAs to areas and sum them up; NeedError in words for what does not fit."""
    _check_way(polygons, lookup, settings)
    report(0.0, f"reading {need.sourceName()}")
    measures = _measure_fields(need, settings)
    small = boundaries.read_small_areas(
        need,
        _fields(need, settings, measures),
        _needs_geometry(need, polygons, settings),
        lambda part: report(0.15 * part),
    )
    areas = _local_areas(small, polygons, lookup, settings, lambda part: report(0.15 + 0.15 * part))
    report(0.3, f"placing {len(small):,} LSOAs in {len(areas):,} areas")
    assigned = _assign(small, areas, lookup, settings, context, lambda part: report(0.3 + 0.6 * part))
    report(0.9, "summing up")
    return _summed_up(small, areas, assigned, measures, settings)


def _check_way(polygons, lookup, settings: Settings) -> None:
    """OptionError where the inputs do not suit the method."""
    method = settings.method
    if settings.area_field and (polygons is not None or lookup is not None):
        raise OptionError("AREA_FIELD: give a field of the need layer, or AREAS or LOOKUP, not both.")
    if settings.area_field:
        return
    if method == "lookup" and (lookup is None or not settings.lookup_lsoa or not settings.lookup_area):
        raise OptionError("LOOKUP: the method 'lookup' needs a table, LOOKUP_LSOA and LOOKUP_AREA.")
    if method != "lookup" and polygons is None:
        raise OptionError(
            "AREAS: give a layer of polygons, or choose AREA_FIELD to sum up by a field of the need layer."
        )
    if method == "postcode_share" and settings.pack is None:
        raise OptionError("PACK: the method 'postcode_share' needs a data pack with postcodes.")


def _measure_fields(need, settings: Settings) -> Dict[str, Tuple[str, str]]:
    """Field of score and of rank of each measure, '' for one that is not there."""
    if settings.score_field or settings.rank_field:
        return {"need": (settings.score_field, settings.rank_field)}
    there = {one.name() for one in need.fields()}
    ids = ["need", *(node.id for node in settings.methodology.dimensions)]
    found = {one: (f"{one}_score", f"{one}_rank") for one in ids if {f"{one}_score", f"{one}_rank"} <= there}
    if not found:
        raise DataError(
            f"{need.sourceName()}: there are no fields need_score and need_rank; "
            "choose the layer 'need', or give SCORE_FIELD or RANK_FIELD."
        )
    return found


def _fields(need, settings: Settings, measures: Dict[str, Tuple[str, str]]) -> List[str]:
    """The fields to read, the code of the LSOA first."""
    there = {one.name() for one in need.fields()}
    wanted = [settings.lsoa_field, settings.population_field, settings.area_field]
    wanted += [name for pair in measures.values() for name in pair]
    wanted += [name for name in ("area_name", _name_beside(settings.area_field), *MEMBER_FIELDS) if name in there]
    return [name for name in dict.fromkeys(wanted) if name]


def _name_beside(code_field: str) -> str:
    """``district_name`` beside ``district_code``."""
    return f"{code_field[: -len('_code')]}_name" if code_field.endswith("_code") else ""


def _needs_geometry(need, polygons, settings: Settings) -> bool:
    placed = polygons is not None and settings.method != "lookup"
    return placed or (bool(settings.area_field) and need.sourceCrs().isValid())


def _local_areas(small: SmallAreas, polygons, lookup, settings: Settings, check) -> LocalAreas:
    if settings.area_field:
        name = _name_beside(settings.area_field)
        return boundaries.areas_of_field(small, settings.area_field, name if name in small.table else "", check)
    if polygons is not None:
        return boundaries.read_local_areas(polygons, settings.code_field, settings.name_field, check)
    table, _ = boundaries.read_table(lookup, [settings.lookup_area], False, check)
    codes = pd.Index(sorted({str(code) for code in table[settings.lookup_area].dropna()}), dtype=object)
    empty = pd.DataFrame(index=range(len(codes)))
    return LocalAreas(lookup.sourceName(), codes, list(codes), [[] for _ in codes], empty)


def _assign(small, areas, lookup, settings: Settings, context, check) -> Assigned:
    if settings.area_field:
        codes = small.table[settings.area_field].map(lambda code: None if pd.isna(code) else str(code))
        return Assigned(assign.by_codes(codes, areas.codes), None, f"by the field '{settings.area_field}'")
    if settings.method == "lookup":
        return _by_lookup(small, areas, lookup, settings)
    shapes = boundaries.placed(areas, small.crs, context)
    postcodes = (
        None if settings.pack is None or settings.method == "area_share" else boundaries.read_postcodes(settings.pack)
    )
    if settings.method == "postcode_share" and postcodes is not None:
        return boundaries.by_postcodes(small, shapes, postcodes, settings.tolerance, check)
    if settings.method == "area_share":
        return boundaries.by_ground(small, shapes, settings.tolerance, check)
    return boundaries.by_centroid(small, shapes, postcodes, settings.measure_fit, check)


def _by_lookup(small: SmallAreas, areas: LocalAreas, lookup, settings: Settings) -> Assigned:
    columns = [settings.lookup_lsoa, settings.lookup_area, *([settings.lookup_share] if settings.lookup_share else [])]
    table, _ = boundaries.read_table(lookup, columns, False)
    table.columns = ["small", "area", *(["share"] if settings.lookup_share else [])]
    table = table.dropna()
    table[["small", "area"]] = table[["small", "area"]].astype(str)
    codes = pd.Index(small.table[settings.lsoa_field].astype(str), dtype=object)
    pieces = assign.by_lookup(table, codes, areas.codes)
    remarks = []
    for column, known, what in (("small", codes, "LSOAs"), ("area", areas.codes, "areas")):
        unknown = sorted(set(table[column]) - set(known))
        if unknown:
            remarks.append(
                f"{len(unknown):,} {what} of the lookup are not among the {what} given: {assign.listed(unknown)}."
            )
    return Assigned(pieces, None, f"by the lookup {lookup.sourceName()}", tuple(remarks))


def _summed_up(small, areas: LocalAreas, assigned: Assigned, measures, settings: Settings) -> Summary:
    pieces, count = assigned.pieces, len(areas)
    if not pieces.small.size:
        asked = "do both cover the same place, and are their reference systems (or codes) right?"
        asked = asked if count else "the field that names them is empty: give a layer of areas, or another field."
        raise DataError(f"{areas.name}: no LSOA of {small.name} lies in any of its {count:,} areas; {asked}")
    population = _numbers(small.table, settings.population_field)
    frames = {one: _measure(small.table, *names) for one, names in measures.items()}
    messages = [*boundaries.remarks_on_reading(areas), *assigned.remarks]
    ranked = {one: _ranked(one, frame["rank"], messages) for one, frame in frames.items()}
    fit = assign.fit(pieces, population, count, inside=assigned.inside, tolerance=settings.tolerance)
    own_name = "area_name" if "area_name" in small.table else settings.lsoa_field
    names = pd.DataFrame({"code": small.table[settings.lsoa_field], "name": small.table[own_name]})
    table = pd.concat(
        [
            fit,
            class_counts(frames["need"]["score"].to_numpy(dtype=float), pieces, count) if "need" in frames else None,
            area_table(frames, names, pieces, np.nan_to_num(population), count, ranked=ranked),
        ],
        axis=1,
    )
    table.insert(0, "boundary_name", areas.names)
    table.insert(1, "method", assigned.how)
    table.insert(2, "boundary_note", _notes(areas, fit))
    table.index = pd.Index(areas.codes, name="boundary_code")
    messages += _messages(small, areas, assigned, fit, population, settings)
    members = _members(small, areas, pieces, population, names, frames, settings)
    if "district_name" in members:
        table.insert(1, "boundary_district", main_districts(members).reindex(table.index))
    return Summary(areas, _whole(table), members, tuple(messages))


def main_districts(members: pd.DataFrame) -> pd.Series:
    """The district that most of an area's residents live in, by the area's code; of equal ones the first by name."""
    inside = members[members.index != ""].dropna(subset=["district_name"])
    people = inside.groupby([inside.index, "district_name"])["population"].sum().reset_index()
    people = people.sort_values(["population", "district_name"], ascending=[False, True], kind="stable")
    return people.drop_duplicates("boundary_code").set_index("boundary_code")["district_name"].astype(object)


def _measure(table: pd.DataFrame, score: str, rank: str) -> pd.DataFrame:
    """Score and rank of a measure as floats; without a rank field, ranks of the score (1 = highest)."""
    scores = _numbers(table, score) if score else np.full(len(table), np.nan)
    return pd.DataFrame({"score": scores, "rank": _numbers(table, rank) if rank else published_ranks(scores)})


def _numbers(table: pd.DataFrame, field: str) -> np.ndarray:
    """A field as floats, NaN where empty; DataError for texts."""
    try:
        return table[field].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        wrong = table[field][pd.to_numeric(table[field], errors="coerce").isna() & table[field].notna()]
        raise DataError(f"Field '{field}' must hold numbers; one cell holds '{wrong.iloc[0]}'.") from error


def _ranked(measure: str, ranks: pd.Series, messages: List[str]) -> int:
    """N: how many areas are ranked in the whole; a layer cut to a part is recognised by ranks beyond its length."""
    count, highest = int(ranks.count()), int(ranks.max()) if ranks.count() else 0
    if highest > count:
        messages.append(
            f"{measure}: the layer holds {count:,} ranked areas with ranks up to {highest:,}; "
            f"{highest:,} is taken for N."
        )
    return max(count, highest)


def _notes(areas: LocalAreas, fit: pd.DataFrame) -> List[Optional[str]]:
    notes = []
    for own, lsoas, shared in zip(areas.notes, fit["lsoas"], fit["lsoas_shared"]):
        said = [*own, *(["no LSOA"] if lsoas == 0 else []), *(["overlaps other areas"] if shared else [])]
        notes.append("; ".join(said) or None)
    return notes


def _whole(table: pd.DataFrame) -> pd.DataFrame:
    """Ranks, flags and counts of whole LSOAs as integers that can be missing."""
    table = whole_numbers(table)
    counts = [name for name in ("lsoas", "lsoas_split", "lsoas_shared") if name in table]
    return table.astype(dict.fromkeys(counts, "Int64"))


def _messages(
    small, areas: LocalAreas, assigned: Assigned, fit: pd.DataFrame, population, settings: Settings
) -> List[str]:
    """How it was done and how well it fits, in sentences."""
    totals = assigned.pieces.totals(len(small))
    people, codes = np.nan_to_num(population), small.table[settings.lsoa_field]
    placed = int((totals > 0.0).sum())
    filled = int((fit["lsoas"] > 0).sum())
    which = counted(filled, "area") if filled == len(areas) else f"{filled:,} of {counted(len(areas), 'area')}"
    said = [f"{placed:,} of {len(small):,} LSOAs were assigned to {which} {assigned.how}."]
    split = float((fit["population_split"] * fit["population"]).sum())
    if fit["population_split"].notna().any():
        share = split / max(float(fit.loc[fit["population_split"].notna(), "population"].sum()), 1.0)
        said.append(
            f"Fit: {share:.1%} of the areas' population lives in LSOAs that lie there only in part "
            f"({int(fit['lsoas_split'].sum()):,} pairs of LSOA and area)."
        )
    outside = 1.0 - totals > settings.tolerance
    # Areas of one district are not meant to cover the country: only what they cut is worth a line.
    if 2 * placed < len(small):
        outside &= totals > 0
    if outside.any():
        lost = float((people * (1.0 - totals))[outside].sum())
        said.append(
            f"{int(outside.sum()):,} LSOAs lie outside all areas, wholly or in part ({lost:,.0f} people): "
            f"{assign.listed(codes[outside])}."
        )
    twice = totals - 1.0 > settings.tolerance
    if twice.any():
        extra = float((people * (totals - 1.0))[twice].sum())
        said.append(
            f"The areas overlap: {int(twice.sum()):,} LSOAs count in more than one of them, and {extra:,.0f} people "
            f"more than once: {assign.listed(codes[twice])}."
        )
    empty = fit["lsoas"].to_numpy() == 0
    if empty.any():
        names = assign.listed(np.array(areas.names)[empty])
        said.append(f"{int(empty.sum()):,} areas hold no LSOA and have no figures: {names}.")
    said.append(f"Population: {people.sum():,.0f} in the LSOAs, {fit['population'].sum():,.0f} in the areas.")
    return said


def _members(small, areas: LocalAreas, pieces: Pieces, population, names, frames, settings: Settings) -> pd.DataFrame:
    """One row a piece, and one for what of an LSOA lies in no area; sorted by area, then by rank."""
    rest = 1.0 - pieces.totals(len(small))
    outside = np.flatnonzero(rest > settings.tolerance)
    row = np.concatenate([pieces.small, outside])
    area = np.concatenate([pieces.area, np.full(outside.shape, len(areas))])
    share = np.concatenate([pieces.share, rest[outside]])
    columns = {
        "boundary_name": np.append(np.array(areas.names, dtype=object), "outside all areas")[area],
        settings.lsoa_field: names["code"].to_numpy()[row],
        "area_name": names["name"].to_numpy()[row],
        "share": share,
        "population": np.nan_to_num(population)[row] * share,
    }
    for name in MEMBER_FIELDS:
        if name in small.table:
            columns[name] = small.table[name].to_numpy()[row]
    for measure, frame in frames.items():
        columns.update({f"{measure}_{one}": frame[one].to_numpy()[row] for one in ("score", "rank")})
    code = np.append(areas.codes.to_numpy(dtype=object), "")[area]
    members = pd.DataFrame(columns, index=pd.Index(code, name="boundary_code"))
    first = next(iter(frames))
    order = np.lexsort((members[f"{first}_rank"].to_numpy(), area))
    counts = {name: "Int64" for name in ("need_decile", "hotspot") if name in members}
    return whole_numbers(members.iloc[order].astype(counts))
