"""Fields in words; docs/fields.md is made of the same, and written anew by HYPERLOCALNEED_ACCEPT=1."""

from __future__ import annotations

import os

import pytest

from hyperlocal_need.core import methodology, schema

HEAD = """# Fields

What the fields of layers, tables and CSV files are called in words: aliases in QGIS, XLSX headings and the descriptions
in a GeoPackage are made of the same. `<measure>` is `need` or the id of a dimension, `<id>` that of any node of the
methodology. Behind a summary of a measure, `_rank` is its rank among the areas (1 = highest need).
"""


@pytest.fixture(scope="module")
def shipped(repository):
    return methodology.load(repository / "resources/methodologies/hyper_local_need_2025.json")


def page():
    parts = [HEAD]
    for heading, pattern, fields in (
        ("Areas", "{}", schema.FIELDS),
        ("Measures of areas and districts", "<measure>_{}", schema.MEASURE_FIELDS),
        ("Steps", "<id>_{}", schema.STEP_FIELDS),
        ("Summed-up areas", "{}", schema.AREA_FIELDS),
    ):
        rows = [f"| `{pattern.format(name)}` | {words} |" for name, words in fields.items()]
        parts.append("\n".join([f"## {heading}\n", "| field | what |", "|---|---|", *rows]) + "\n")
    return "\n".join(parts)


def test_the_guide_lists_every_field(repository):
    path = repository / "docs/fields.md"
    if os.environ.get("HYPERLOCALNEED_ACCEPT"):
        path.write_text(page(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("need_rank", "Hyper-local Need: rank (1 = highest need)"),
        ("need_average_score_rank", "Hyper-local Need: average score, rank (1 = highest need)"),
        ("need_average_rank_rank", "Hyper-local Need: average rank, rank (1 = highest need)"),
        ("growth_need", "Growth: turned so that high means need"),
    ],
)
def test_fields_in_words(shipped, name, words):
    titles = {node.id: node.title for node in shipped.nodes}
    told = schema.in_words([name, "mine"], shipped)
    assert told == {name: words.replace("Growth", titles.get("growth", "Growth"))}


def test_names_of_area_tables_are_the_plugin_s_in_such_tables_alone(shipped):
    assert "share" not in schema.in_words(["share"], shipped)
    assert schema.in_words(["boundary_code", "share"], shipped)["share"] == "Share of the LSOA"


@pytest.mark.parametrize(
    "name", ["need_rank", "need_average_rank_rank", "need_hotspot", "hotspot_district", "imputed_count"]
)
def test_ranks_flags_and_counts_are_whole(name):
    assert schema.WHOLE.search(name)


@pytest.mark.parametrize("name", ["need_score", "need_average_rank", "composite"])
def test_scores_and_average_ranks_are_not(name):
    assert not schema.WHOLE.search(name)
