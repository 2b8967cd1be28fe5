"""The web page of a place: one file that loads nothing, lets nothing in, has no gap on its map and no fault for axe."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import eyes
import pandas as pd
import pytest
from qgis.core import QgsGeometry, QgsPointXY, QgsProcessingException
from qgis.PyQt.QtGui import QImage

from hyperlocal_need.core import words
from hyperlocal_need.core.errors import OptionError
from hyperlocal_need.processing_provider import compat
from hyperlocal_need.processing_provider.geometry import coverage
from hyperlocal_need.processing_provider.reports import place_page, report
from hyperlocal_need.processing_provider.runs import place_pages
from hyperlocal_need.processing_provider.style import palettes

ODD = {
    "A1": "<script>alert(1)</script><!--",
    "A2": '=HYPERLINK("https://example.org","x")',
    "A3": "Llan" * 100,
    "B1": "شارع النيل \u202eabc\u2028",
    "B2": "</script><img src=x onerror=alert(2)>",
}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def shapes_of(country):
    side = country.side
    return [
        QgsGeometry.fromWkt(
            f"Polygon(({x * side} {y * side},{(x + 1) * side} {y * side},{(x + 1) * side} {(y + 1) * side},"
            f"{x * side} {(y + 1) * side},{x * side} {y * side}))"
        )
        for x, y in country.squares.values()
    ]


def page_of(country, names=ODD, postcodes=None, **changes):
    need = country.need()
    for code, name in names.items():
        need.loc[code, "area_name"] = name
    changes.setdefault("certainty", pd.DataFrame())
    result = country.result(need=need, **changes)
    drawn = coverage.page_paths(shapes_of(country))
    return result, place_page.render(result, need.index.tolist(), drawn, "Six <b>squares</b>", ({}, postcodes or {}))


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])


def test_the_map_and_table_hold_the_cells_of_the_result(country):
    result, page = page_of(country, {})
    data = data_of(page)
    assert [one["id"] for one in data["measures"]] == ["need", "growth", "health"]
    for area in data["areas"]:
        row = result.need.loc[area["c"]]
        for measure, (rank, tenth, score, hot) in zip(data["measures"], area["m"]):
            name = measure["id"]
            cells = (row[f"{name}_rank"], row[f"{name}_score"], row["hotspot" if name == "need" else f"{name}_hotspot"])
            assert all(pd.isna(cell) == (shown is None) for cell, shown in zip(cells, (rank, score, hot)))
            if rank is not None:
                # Of five ranked areas rank 1 ends at 2 tenths, rank 5 at 10.
                assert (rank, score, hot) == cells and tenth == 2 * rank
    assert data["areas"][0]["s"][0] == [
        "Area A1 is in Northtown and is home to 1,000 people.",
        [["population", "1,000"]],
    ]


def test_names_cannot_become_markup_and_stay_what_they_are(country):
    _, page = page_of(country)
    assert page.count("<script") == 2 and page.count("</script>") == 2 and "<img" not in page
    assert "Six &lt;b&gt;squares&lt;/b&gt;" in page and "<b>squares" not in page
    assert [area["n"] for area in data_of(page)["areas"]][:5] == list(ODD.values())


def test_the_page_asks_nothing_of_any_other_and_runs_its_own_script_alone(country):
    _, page = page_of(country)
    code = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.S)
    asks = r"""(?:src|href|action)\s*=\s*["'](?!#)|url\((?!#)|@import|<link|<iframe|fetch\(|XMLHttp"""
    assert not re.findall(asks, code)
    assert " style=" not in code and not re.findall(r"<[^>]* on\w+=", code)
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    for tag, kind in (("style", "style-src"), ("script", "script-src")):
        text = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


def test_what_the_certainty_says_is_shown_and_without_it_that_is_said(country):
    _, without = page_of(country)
    assert "has not been worked out" in without and not data_of(without)["sure"]
    need = country.need()
    sure = pd.DataFrame({"p_hotspot": 0.6, "rank_low": 1, "rank_high": 4, "certainty": "open"}, index=need.index)
    result, page = page_of(country, certainty=sure.assign(tied_with=0, tied_areas=None))
    assert data_of(page)["sure"] and data_of(page)["areas"][0]["u"] == "open"
    assert "not sure" in json.dumps(data_of(page)["areas"][0]["s"])


def test_a_result_without_districts_speaks_of_all_its_areas(country):
    need = country.need().assign(district_code=None, district_name=None, region_code=None, region_name=None)
    result = country.result(need=need, districts=country.districts(country.need()).iloc[:0], certainty=pd.DataFrame())
    page = place_page.render(result, need.index.tolist(), coverage.page_paths(shapes_of(country)), "All", ({}, {}))
    assert "All is home to 6,000 people." in page and "is home to 1,000 people" in page


def rings(path):
    """The rings of a path of ours as polygons."""
    found = []
    for part in re.findall(r"M([^z]*)z", path):
        start, steps = part.split("l")
        numbers = [int(one) for one in re.findall(r"-?\d+", steps)]
        x, y = (int(one) for one in re.findall(r"-?\d+", start))
        points = [(x, y)]
        for place in range(0, len(numbers), 2):
            points.append((points[-1][0] + numbers[place], points[-1][1] + numbers[place + 1]))
        found.append(QgsGeometry.fromPolygonXY([[QgsPointXY(*point) for point in points]]))
    return found


@pytest.mark.parametrize("simplify", [True, False], ids=["as a coverage", "on a grid alone"])
def test_no_gap_opens_between_neighbours_however_few_points_are_left(country, monkeypatch, simplify):
    if not simplify:
        monkeypatch.setattr(compat, "coverage_simplify", lambda: None)
    elif compat.coverage_simplify() is None:
        pytest.skip("shapely 2.1 with GEOS 3.12 is not installed")
    # Two squares whose common border has a hundred teeth.
    teeth = [(1000 + (40 if place % 2 else -40), 10 * place) for place in range(1, 100)]
    border = [(1000, 0), *teeth, (1000, 1000)]
    words = [
        ", ".join(f"{x} {y}" for x, y in ring)
        for ring in ([(0, 0), *border, (0, 1000), (0, 0)], [(2000, 0), (2000, 1000), *border[::-1], (2000, 0)])
    ]
    shapes = [QgsGeometry.fromWkt(f"Polygon(({one}))") for one in words]
    paths, (width, height) = coverage.page_paths(shapes, most=60)
    if simplify:
        assert sum(map(len, paths)) < 400, "the border's hundred teeth are gone"
    one, other = (rings(path)[0] for path in paths)
    both = QgsGeometry.unaryUnion([one, other])
    assert both.area() == pytest.approx(one.area() + other.area()) and not both.isMultipart()
    assert both.area() == pytest.approx((width - 1) * (height - 1), rel=0.02), "nothing is missing between them"


def test_shapes_that_are_missing_are_left_out(country):
    first = shapes_of(country)[0]
    paths, _ = coverage.page_paths([None, first, QgsGeometry()])
    assert paths[0] == paths[2] == "" and paths[1].startswith("M")
    assert coverage.page_paths([None]) == ([""], (1, 1))


class TestTheAlgorithm:
    def run(self, computed, tmp_path, **values):
        import processing

        places = {"INPUT": f"{computed}|layername=need", "OUTPUT": str(tmp_path / "page.html"), **values}
        return Path(processing.run("hyperlocalneed:needpage", places)["OUTPUT"]).read_text(encoding="utf-8")

    def test_a_district_with_its_wards_and_postcodes(self, computed, demo_pack, tmp_path):
        from hyperlocal_need.processing_provider.areas import stored_result

        need = stored_result.read(computed, stages=False).need
        district = need["district_name"].iloc[0]
        page = self.run(computed, tmp_path, AREA=district, PACK=str(demo_pack))
        data = data_of(page)
        assert {area["c"] for area in data["areas"]} == set(need.index[need["district_name"] == district])
        assert f">{html.escape(district, quote=False)}</h1>" in page.replace("&#39;", "'")
        packed = "".join(data["postcodes"].values())
        width = 3 + data["digits"]
        numbers = {int(packed[at + 3 : at + width], 36) for at in range(0, len(packed), width)}
        assert packed and len(packed) % width == 0 and numbers <= set(range(len(data["areas"])))

    def test_a_part_of_a_district_does_not_bear_its_name_and_numbers(self, computed):
        from hyperlocal_need.processing_provider.areas import stored_result

        result = stored_result.read(computed, stages=False)
        two = result.need.index[result.need["district_name"] == result.need["district_name"].iloc[0]][:2].tolist()
        page = place_pages.page_of(result, two, None, lambda *_: None)
        people = words.people(result.need.loc[two, "population"].sum())
        assert f"{two[0]}, {two[1]} is home to {people} people" in page and f">{two[0]}, {two[1]}</h1>" in page

    def test_a_place_that_is_not_there_is_named(self, computed, tmp_path):
        with pytest.raises(QgsProcessingException, match="AREA: 'Atlantis' is no code or name"):
            self.run(computed, tmp_path, AREA="Atlantis")
        assert not (tmp_path / "page.html").exists()

    def test_all_areas_where_none_is_named(self, computed):
        from hyperlocal_need.processing_provider.areas import stored_result

        result = stored_result.read(computed, stages=False)
        assert len(data_of(place_pages.page_of(result, (), None, lambda *_: None))["areas"]) == len(result.need)
        with pytest.raises(OptionError, match="AREA"):
            place_pages.page_of(result, ("nowhere",), None, lambda *_: None)


# --- in a browser, where one is installed


def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this computer (apt-get install chromium)")
    return found


def seen(page, folder, ending="", *arguments):
    """The page as a browser has it once its script has run."""
    file = folder / "seen.html"
    file.write_text(page, encoding="utf-8")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", *arguments]
    command = [browser(), *flags, f"--user-data-dir={folder}/profile", "--dump-dom", f"{file.as_uri()}{ending}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, encoding="utf-8")
    return done.stdout


def faults(page, folder, ending="", *arguments):
    """What axe finds; its script goes into a copy without the policy that would refuse it."""
    axe = Path(__file__).parents[3] / ".cache" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe is not installed (npm install --prefix .cache/axe axe-core)")
    run = (
        f"<script>{axe.read_text(encoding='utf-8')}</script><script>axe.run(document,{{runOnly:{json.dumps(RULES)}}})"
        ".then(function (found) { var out = document.createElement('pre'); out.id = 'axe';"
        "out.textContent = JSON.stringify({faults: found.violations.map(function (one) {"
        "return [one.id, one.nodes.map(function (node) { return node.html.slice(0, 200); })]; }),"
        "passes: found.passes.length}); document.body.appendChild(out); });</script></body>"
    )
    bare = re.sub(r"<meta http-equiv=[^>]*>", "", page).replace("</body>", run)
    found = json.loads(
        html.unescape(re.search(r'<pre id="axe">(.*?)</pre>', seen(bare, folder, ending, *arguments))[1])
    )
    assert found["passes"] > 20, "axe has looked"
    return found["faults"]


def test_the_script_runs_under_its_policy_and_odd_names_stay_text(country, tmp_path):
    _, page = page_of(country)
    dom = seen(page, tmp_path, "#A1,health")
    assert dom.count('role="option"') == 6 and "Map: Health" in dom
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--</h2>" in dom, "the chosen area of the link is shown"
    assert len(re.findall('<path[^>]* aria-selected="true"', dom)) == 1 and "<img" not in dom


def test_keys_search_and_measure_work_without_a_mouse(country, tmp_path):
    """A1 A2 A3 lie above B1 B2 B3: right of A1 is A2, below that B2; a part of a postcode finds its area."""
    _, page = page_of(country, {}, {"AB1": "1AA0002BB004"})
    acts = """<script>(function () {
      var map = document.getElementById("map"), query = document.getElementById("query"), said = [];
      function press(key) {
        map.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true }));
        said.push(document.getElementById("chosen-title").textContent);
      }
      function write(text) {
        query.value = text;
        query.dispatchEvent(new Event("input"));
        said.push(document.getElementById("results").textContent + "/" + document.getElementById("count").textContent);
      }
      press("ArrowRight"); press("ArrowRight"); press("ArrowDown"); press("ArrowUp"); press("End");
      write("ab1 2b"); write("area b"); write("nowhere");
      document.getElementById("measure").selectedIndex = 2;
      document.getElementById("measure").dispatchEvent(new Event("change"));
      said.push(document.getElementById("caption").textContent.slice(0, 6), location.hash);
      document.body.appendChild(document.createElement("pre")).id = "said";
      document.getElementById("said").textContent = JSON.stringify(said);
    }());</script></body>"""
    dom = seen(re.sub(r"<meta http-equiv=[^>]*>", "", page).replace("</body>", acts), tmp_path)
    assert json.loads(html.unescape(re.search(r'<pre id="said">(.*?)</pre>', dom)[1])) == [
        *("Area A1", "Area A2", "Area B2", "Area A2", "Area B3"),
        "Area B2 AB1 2BB/1 found.",
        "Area B1Area B2Area B3/3 found.",
        "/Nothing found.",
        *("Health", "#B3,health"),
    ]


def test_its_classes_stay_apart_in_grey_and_for_the_colour_blind(country, tmp_path):
    """A flat tone for what has no rank was one of the tenths on a grey copier."""
    shot = tmp_path / "page.png"
    seen(page_of(country, {})[1], tmp_path, "", "--window-size=1200,2600", f"--screenshot={shot}")
    picture = QImage(str(shot))
    assert eyes.too_alike(picture, palettes.DECILE_BLUES) == []
    assert eyes.hatching(picture, palettes.UNRANKED_FILL, palettes.UNRANKED_HATCH) > eyes.APART


def test_the_chosen_area_is_seen_without_colours(country, tmp_path):
    """A pale ring parts its outline, A1's, from the next area, A2; the outline alone was as dark as middle tenths."""
    shot = tmp_path / "page.png"
    seen(page_of(country, {})[1], tmp_path, "#A1,need", "--window-size=1200,2600", f"--screenshot={shot}")
    found = eyes.pixels(QImage(str(shot))).astype(int)
    outline, next_ = (
        (found == [int(one[at : at + 2], 16) for at in (1, 3, 5)]).all(axis=2)
        for one in ("#d4500c", palettes.DECILE_BLUES[3])
    )
    assert outline.sum() > 400 and next_.sum() > 400
    assert not any((outline[:, : -step or None] & next_[:, step:]).any() for step in (1, 2))
    assert any((outline[:, :-step] & next_[:, step:]).any() for step in range(3, 9)), "but no more than a ring"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_page(country, tmp_path, theme):
    _, page = page_of(country)
    scheme = [] if theme == "light" else ["--blink-settings=preferredColorScheme=0"]
    assert faults(page, tmp_path, "#A1,need", *scheme) == []


@pytest.mark.usefixtures("charts")
def test_axe_finds_no_fault_in_the_report(country, tmp_path):
    report.write_report(country.result(), tmp_path / "report.html")
    assert faults((tmp_path / "report.html").read_text(encoding="utf-8"), tmp_path) == []
