"""What a report says of a result: counted and ranked here, so that the template holds words and layout alone."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import numpy as np
import pandas as pd

from ...core import words
from ...core.findings import sentences
from ..io import about
from ..style import palettes

HIGHEST_AREAS = 20
REASONS = 3
_NOTE_KINDS = (
    ("warning", "Warnings"),
    ("substitute", "Substitutes and other vintages"),
    ("gap", "Areas without a value"),
    ("imputed", "Values filled in"),
)
_PROVENANCE = ("direct", "summed", "apportioned", "spread", "imputed")
_LESSER_STATUS = ("newer vintage", "older vintage", "substitute", "absent")
_STATUS_WORDS = {
    "older vintage": "from an older release",
    "newer vintage": "from a newer release",
    "substitute": "replaced by a substitute",
}


def plain_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with every number column as float, NaN where a whole number is missing; texts stay."""
    numeric = frame.select_dtypes("number").columns
    return frame.astype(dict.fromkeys(numeric, float))


def indicators_used(result) -> str:
    """``all 32 indicators`` or ``30 of 32 indicators``."""
    total = len(result.methodology.indicators)
    return f"{total - len(result.left_out)} of {total} indicators" if result.left_out else f"all {total} indicators"


def short_title(node_id: str) -> str:
    """A node's id as a column heading: ``Sub dimension``."""
    return node_id.replace("_", " ").capitalize()


def headline(result) -> List[str]:
    """Which district leads, where need is highest, how many areas are ranked and why others are not."""
    said = [one.text for one in sentences.of_result(result)]
    return [*(said or ["No area could be ranked."]), *unranked_reasons(result)]


def unranked_reasons(result) -> List[str]:
    """``3 areas are not ranked: no value in: ...``: the commonest reasons, and how many have others."""
    need = result.need
    unranked = need[need["need_rank"].isna()]
    reasons = unranked["unranked_reason"].fillna("no reason recorded").value_counts(sort=True)
    shown, rest = reasons.iloc[:REASONS].items(), int(reasons.iloc[REASONS:].sum())
    return [
        f"{words.counted(count, 'area')} {'is' if count == 1 else 'are'} not ranked: {reason}."
        for reason, count in (*shown, *([("other figures are missing, or several", rest)] if rest else []))
    ]


def highest_areas(result) -> List[Dict[str, Any]]:
    """The areas of highest need: names, scores, and the dimension with the largest weighted score.

    A dimension's share is w x score / sum of w x score, the weight 1 where the methodology gives none.
    """
    need = plain_numbers(result.need)
    top = need[need["need_rank"].notna()].sort_values(["need_rank", "area_name"]).head(HIGHEST_AREAS)
    dimensions = result.methodology.dimensions
    weights = np.array([1.0 if node.weight is None else node.weight for node in dimensions])
    scores = top[[f"{node.id}_score" for node in dimensions]].to_numpy(dtype=float)
    parts = scores * weights
    largest, totals = parts.argmax(axis=1) if len(top) else [], parts.sum(axis=1)
    return [
        {
            "rank": area["need_rank"],
            "code": code,
            "name": area["area_name"],
            "district": area["district_name"],
            "population": area["population"],
            "score": area["need_score"],
            "dimensions": own.tolist(),
            "leading": dimensions[first].title,
            "leading_place": first,
            "share": part[first] / total if total else np.nan,
        }
        for (code, area), own, part, first, total in zip(top.iterrows(), scores, parts, largest, totals)
    ]


def ranked_districts(result) -> List[Dict[str, Any]]:
    """All districts by the rank of their average score; those without one come last."""
    districts = plain_numbers(sentences.district_rows(result))
    districts = districts.sort_values(["need_average_score_rank", "district_name"])
    return [
        {
            "rank": row["need_average_score_rank"],
            "name": row["district_name"],
            "population": row["population"],
            "average_score": row["need_average_score"],
            "proportion_10": row["need_proportion_10"],
            "extent": row["need_extent"],
            "is_hot_spot": row["need_hotspot"] == 1,
            # Where nothing is ranked, none is known to be no hot spot.
            "hot_spots": row["hot"] if row["unranked"] < row["lsoas"] else np.nan,
            "people": row["need_hotspot_population"] if row["unranked"] < row["lsoas"] else np.nan,
        }
        for _, row in districts.iterrows()
    ]


def paragraphs(result) -> List[Tuple[str, str]]:
    """Each district by name, and what there is to say of it."""
    rows = sentences.district_rows(result).sort_values("district_name")
    said = sentences.of_summaries(result.methodology, rows)
    return [(str(name), sentences.in_words(one)) for name, one in zip(rows["district_name"], said.values())]


def regions(result) -> List[Dict[str, Any]]:
    """Regions by the share of their ranked areas that are hot spots; empty where areas have no region."""
    need = result.need[result.need["need_rank"].notna() & result.need["region_name"].notna()]
    found = sentences.counted_inside(result, need.index, need["region_name"]).rename_axis("name").reset_index()
    found = found.rename(columns={"lsoas": "areas", "hot": "hot_spots", "need_hotspot_population": "people"})
    found = found.assign(share=found["hot_spots"] / found["areas"])
    return found.sort_values(["share", "name"], ascending=[False, True]).to_dict("records")


def quality_rows(result) -> List[Dict[str, Any]]:
    """One row an indicator: status, place in the method, source, areas, gaps, provenance and flags, in words."""
    titles = {node.id: node.title for node in result.methodology.nodes}
    quality = plain_numbers(result.quality)
    rows = []
    for indicator, row in quality.iterrows():
        texts = {name: _text(row.get(name)) for name in ("status", "geography", "source", "date", "note", "flags")}
        provided = ", ".join(filter(None, (texts["source"], texts["date"], texts["geography"])))
        told = {"provided": provided, "provenance": _provenance(row), "dimension": titles.get(row["dimension"], "")}
        rows.append({**row, **texts, **told, "id": indicator, "correlation": row.get("correlation_dimension")})
    return rows


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _provenance(row: pd.Series) -> str:
    """``summed 98 %, imputed 2 %``: the shares of areas by the way the value came to them, largest first."""
    shares = {name: row[name] for name in _PROVENANCE if name in row and not words.is_missing(row[name])}
    parts = sorted((item for item in shares.items() if item[1] >= 0.0005), key=lambda item: -item[1])
    return ", ".join(f"{name} {words.percent(share, 0 if share > 0.995 else 1)}" for name, share in parts)


def lesser_indicators(result) -> List[Dict[str, Any]]:
    """The indicators of another vintage, substitutes, or absent."""
    rows = [row for row in quality_rows(result) if row["status"] in _LESSER_STATUS]
    return sorted(rows, key=lambda row: _LESSER_STATUS.index(row["status"]))


def status_counts(result) -> Dict[str, int]:
    """How many indicators there are by status: as specified first, then the rest."""
    counts = result.quality["status"].value_counts()
    ordered = dict.fromkeys(("as specified", *_LESSER_STATUS, *counts.index))
    return {name: int(counts[name]) for name in ordered if name in counts}


def at_a_glance(result) -> List[str]:
    """What a reader has to know before the first figure: what stands in for what, what was filled in, and dates."""
    counts = status_counts(result)
    used = {name: count for name, count in counts.items() if name != "absent"}
    other = {name: count for name, count in used.items() if name != "as specified"}
    lines = [f"All {words.counted(sum(used.values()), 'figure')} are as the method specifies them."]
    if other:
        said = words.listed([f"{count} {_STATUS_WORDS.get(name, name)}" for name, count in other.items()])
        verb = "is" if sum(other.values()) == 1 else "are"
        lines = [f"{sum(other.values())} of {sum(used.values())} figures {verb} not what the method specifies: {said}."]
    return [*lines, imputed_areas(result), _how_sure(result), about.of_result(result).dates()]


def _how_sure(result) -> str:
    """How many hot spots are sure, where the result has a layer of certainty."""
    counted = sentences.counted_inside(result, result.need.index, np.zeros(len(result.need), dtype=int))
    if "hot_sure" not in counted:
        return "How sure the ranks are has not been worked out; the tool Certainty of ranks does that."
    hot, sure = counted[["hot", "hot_sure"]].iloc[0]
    return f"Of {words.counted(hot, 'hot spot')} {words.whole(sure)} {'is' if sure == 1 else 'are'} sure."


def mission_classes(result) -> List[Dict[str, Any]]:
    """Areas, people and shares by class of the overall score, the highest need first."""
    need = plain_numbers(result.need)
    need = need[need["need_rank"].notna()]
    rows = []
    for one in palettes.mission_classes():
        inside = need[need["mission_class"] == one.value]
        share = len(inside) / len(need) if len(need) else np.nan
        people = inside["population"].sum()
        rows.append({"label": one.label, "colour": one.colour, "areas": len(inside), "share": share, "people": people})
    return rows


def grouped_notes(result) -> List[Dict[str, Any]]:
    """The notes by kind, with titles for subjects that are nodes of the methodology.

    A substitute that ``lesser_indicators`` lists is not repeated.
    """
    listed = {row["id"] for row in lesser_indicators(result)}
    titles = {node.id: node.title for node in result.methodology.nodes}
    known = dict(_NOTE_KINDS)
    for note in result.notes:
        known.setdefault(note.kind, note.kind.capitalize())
    groups = []
    for kind, heading in known.items():
        notes = [
            {"subject": titles.get(note.subject, note.subject[:1].upper() + note.subject[1:]), "text": note.text}
            for note in result.notes
            if note.kind == kind and not (kind == "substitute" and note.subject in listed)
        ]
        if notes:
            groups.append({"heading": heading, "notes": notes})
    return groups


def imputed_areas(result) -> str:
    """How many areas have values that were filled in."""
    counts = plain_numbers(result.need)["imputed_count"]
    filled = int((counts > 0).sum())
    if not filled:
        return "No value was filled in."
    return f"{words.counted(filled, 'area')} {'has' if filled == 1 else 'have'} at least one value that was filled in."
