"""The report's words, figures and safety."""

from __future__ import annotations

import re
from html import escape

import numpy as np
import pandas as pd
import pytest

from hyperlocal_need.core import words
from hyperlocal_need.core.errors import NeedError
from hyperlocal_need.processing_provider.maps import maps
from hyperlocal_need.processing_provider.reports import charts, facts, report
from hyperlocal_need.processing_provider.style import palettes


def test_numbers_in_words():
    assert [words.people(number) for number in (5_612_345, 45_100_000, 830_612, 2053, None)] == [
        "5.61 million",
        "45.1 million",
        "831,000",
        "2,053",
        "–",
    ]
    assert words.counted(1, "area") == "1 area" and words.counted(3376, "area") == "3,376 areas"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.percent(float("nan")) == "–"


def test_the_headline_says_who_leads_and_why_areas_are_unranked(country):
    headline = facts.headline(country.result())
    # Northtown: (100 + 80 + 60) / 3 = 80
    assert headline[0].startswith("Northtown has the highest average score of 2 ranked districts (80.0)")
    assert (
        "1 hot spot is home to 1,000 people, 16.7\u00a0% of all; hot spots are the neediest fifth of areas." in headline
    )
    assert headline[-1] == "1 area is not ranked: no value in: Health."


def test_only_the_commonest_reasons_are_listed(country):
    """Five areas without a rank, of four reasons: three stand alone, the fourth is counted."""
    need = country.need()
    need.loc[["A1", "A2", "A3", "B1"], "need_rank"] = pd.NA
    need.loc[["A1", "A2", "A3", "B1", "B3"], "unranked_reason"] = ["no a", "no a", "no b", "no c", "no d"]
    said = facts.unranked_reasons(country.result(need=need))
    assert said[0] == "2 areas are not ranked: no a." and len(said) == 4
    assert said[3] == "1 area is not ranked: other figures are missing, or several."


def test_a_district_without_ranked_areas_is_not_said_to_have_no_hot_spots(country):
    need = country.need()
    need.loc[["B1", "B2", "B3"], "need_rank"] = pd.NA
    rows = {row["name"]: row for row in facts.ranked_districts(country.result(need=need))}
    assert (
        rows["Northtown"]["hot_spots"] == 1
        and np.isnan([rows["Southtown"][one] for one in ("hot_spots", "people")]).all()
    )


def test_the_dimension_that_contributes_most(country):
    # Both dimensions score 100 in A1: 0.6 x 100 of 0.6 x 100 + 0.4 x 100 is growth's 60 %.
    first = facts.highest_areas(country.result())[0]
    assert (first["name"], first["leading"], round(first["share"], 12)) == ("Area A1", "Economic growth", 0.6)


def written(result, tmp_path, **pictures):
    path = tmp_path / "report.html"
    report.write_report(result, path, maps=pictures)
    return path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("charts")
def test_what_must_be_known_first_stands_above_the_contents(country, tmp_path):
    """What stands in, is filled in, how sure it is, and dates; below it classes, and a field to find a district by."""
    result = country.result()
    page = written(result, tmp_path)
    top, _, rest = page.partition("<nav")
    glance = facts.at_a_glance(result)
    assert len(glance) == 4 and all(str(escape(line)) in top for line in glance if line)
    assert "not what the method specifies" in top and re.search(r"\b20\d\d\b", glance[-1])
    assert all(one.label in rest for one in palettes.mission_classes())
    assert "data-find=" in rest[rest.index('id="districts"') :]


@pytest.mark.usefixtures("charts")
def test_the_report_is_one_file_that_loads_nothing(country, need, tmp_path):
    picture = tmp_path / "map.png"
    maps.save_picture(maps.measure_map(country.result(), need, "need", "deciles"), picture)
    page = written(country.result(), tmp_path, map=picture)
    assert "Six squares" in page and page.count("A proof of concept.") == 2
    addresses = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?([^"')\s>]+)""", page)
    assert addresses and all(address.startswith(("data:image/", "#")) for address in addresses)
    assert "<link" not in page and "@import" not in page
    headings = ("Result", "Districts", "Data and quality", "How it was calculated", "Sources and licence")
    assert all(f"<h2>{heading}</h2>" in page for heading in headings)
    assert page.count("<table") == page.count("<caption")
    assert page.count("<img") == page.count(' alt="')
    assert country.methodology().digest() in page and "A survey stands in." in page and "1 area has no value." in page


@pytest.mark.usefixtures("charts")
def test_the_report_escapes_what_comes_from_data(country, tmp_path):
    need = country.need()
    need.loc["A1", "area_name"] = "<script>alert(1)</script>"
    result = country.result(need=need, title="Six & <b>squares</b>", attribution=("<img src=x onerror=alert(2)>",))
    page = written(result, tmp_path)
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<b>squares" not in page and "<img src=x" not in page


@pytest.mark.usefixtures("charts")
def test_the_report_names_the_twenty_highest_areas(country, tmp_path):
    need = pd.concat([country.need().iloc[[0]]] * 25)
    need.index = pd.Index([f"N{place:02d}" for place in range(25)], name="area_code")
    need["area_name"] = [f"Neighbourhood {place:02d}" for place in range(25)]
    need["need_rank"] = pd.array(range(1, 26), dtype="Int64")
    page = written(country.result(need=need), tmp_path)
    assert all(f"Neighbourhood {place:02d} " in page for place in range(20))
    assert "Neighbourhood 20" not in page


@pytest.mark.usefixtures("charts")
def test_the_report_says_what_was_left_out(country, tmp_path):
    page = written(country.result(left_out=("health_rate",)), tmp_path)
    assert "Hyper-local Need: Six squares (1 of 2 indicators)" in page


def test_a_report_without_any_ranked_area_still_says_why(country, tmp_path):
    need, districts = country.need(), country.districts(country.need())
    need[["need_rank", "need_score", "hotspot", "need_decile"]] = pd.NA
    need["unranked_reason"] = "no value in: Health"
    districts[["need_average_score_rank", "need_average_score", "need_proportion_10", "need_extent"]] = np.nan
    page = written(country.result(need=need, districts=districts), tmp_path)
    assert "No area could be ranked." in page and "6 areas are not ranked: no value in: Health." in page


def test_a_missing_picture_is_named(country, tmp_path):
    with pytest.raises(NeedError, match="absent.png: the map cannot be read"):
        written(country.result(), tmp_path, map=tmp_path / "absent.png")


@pytest.mark.usefixtures("charts")
@pytest.mark.usefixtures("charts")
@pytest.mark.filterwarnings("error")
def test_a_long_name_leaves_a_chart_its_room():
    """matplotlib warns where its axes have no room left, and draws none."""
    assert charts.profile_chart(["Need"], {"Llan" * 100: [50.0], "All areas": [20.0]}, axis_title="score")


@pytest.mark.usefixtures("charts")
def test_equal_charts_have_equal_addresses():
    first, second = (charts.dot_plot(["A", "B"], [0.5, 2.0], axis_title="value") for _ in range(2))
    assert first == second and first.startswith("data:image/svg+xml;base64,")
