"""A pack looked through before a run, on the tiny pack: states, coverage, gaps, and every fault at once in words."""

from __future__ import annotations

import pytest
from tiny_pack import LSOA21

from hyperlocal_need.core.errors import Cancelled, PackError
from hyperlocal_need.core.methodology import load
from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.pack_check import check_pack


def check(tiny, **options):
    with Pack.open(tiny.write()) as pack:
        return check_pack(pack, tiny.definition(), **options)


def place_files(tiny):
    """Boundaries and postcodes are looked for and never opened."""
    for file in ("lsoa21.gpkg", "oa11.gpkg", "postcodes.csv"):
        (tiny.folder / file).write_bytes(b"")


@pytest.fixture
def whole(tiny):
    tiny.write()
    place_files(tiny)
    return tiny


def state(checked, name):
    return next(one for one in checked.states if one.node.id == name)


class TestStates:
    def test_every_indicator_that_enters_the_sums_has_one(self, whole):
        checked = check(whole)
        assert [one.node.id for one in checked.states] == [
            "worklessness",
            "income",
            "jobs",
            "crime",
            "pupils",
            "distance",
        ]
        assert (checked.title, checked.areas, checked.districts, checked.country) == ("Tiny", 6, 2, "England")
        pupils = state(checked, "pupils")
        assert (pupils.status, pupils.source, pupils.date, pupils.covered) == ("older vintage", "Schools", "2020", 6)
        assert state(checked, "worklessness").geography == "OA21; LSOA21"
        assert checked.estimated and checked.absent == ()

    def test_one_without_data_is_absent_and_told_without_stopping(self, whole):
        del whole.spec["indicators"]["distance"]
        checked = check(whole)
        assert checked.absent == ("distance",)
        told = [problem for problem in checked.problems if problem.subject == "distance"]
        assert len(told) == 1 and not told[0].stops and "leave it out" in told[0].text

    def test_an_invented_country_is_not_called_england(self, whole):
        whole.spec["invented"] = True
        assert check(whole).country == "All areas"


class TestGaps:
    def test_areas_that_lack_something_are_counted_once(self, whole):
        whole.column("distance.csv", "km", ["", 1, 4, 2.5, 7, ""])
        checked = check(whole)
        assert checked.areas_with_gaps() == 2
        assert checked.gaps.loc[LSOA21[0], "distance"] and state(checked, "distance").covered == 4
        assert checked.areas_with_gaps(off=["distance"]) == 0
        assert checked.areas_with_gaps(off=list(checked.gaps)) == 0


class TestBeforeARun:
    def test_what_covers_too_few_areas_stops(self, whole):
        whole.column("distance.csv", "km", [9.0, "", "", 2.5, "", 3.0])
        checked = check(whole)
        (problem,) = checked.problems
        assert checked.low == ("distance",) and (problem.subject, problem.stops) == ("distance", True)
        assert "covers 3 of 6 areas" in problem.text

    def test_what_gaps_would_cost_is_said_in_areas_and_people(self, whole):
        assert check(whole).unranked() == ""
        whole.column("distance.csv", "km", [9.0, 1.0, "", 2.5, 7.0, ""])
        # The third area has 300 people, the sixth 600.
        assert check(whole).unranked().startswith("About 2 of 6 areas, with 900 people,")
        assert check(whole).unranked(off=["distance"]) == ""

    def test_unusual_figures_are_flagged(self, whole):
        whole.column("distance.csv", "km", [0, 0, 0, 0, 0, 3.0])
        assert "83% of values are zero" in state(check(whole), "distance").flags
        checked = check(whole)
        assert checked.flagged().startswith("6 indicators have unusual figures")
        assert checked.flagged().endswith("Worklessness; Income; Jobs; Crime and 2 more.")
        assert "Distance" in checked.flagged(off=["worklessness", "income", "jobs"])
        assert "Distance" not in checked.flagged(off=["worklessness", "income", "jobs", "distance"])

    @pytest.mark.parametrize(
        ("status", "date", "words"),
        [
            ("older vintage", "2025", "2025 is newer"),
            ("newer vintage", "2020", "2020 is older"),
            ("older vintage", "2020", ""),
        ],
    )
    def test_a_date_decides_what_is_older(self, whole, status, date, words):
        node = next(node for node in whole.methodology["nodes"] if node["id"] == "pupils")
        node["date"] = "2022/23"
        whole.spec["indicators"]["pupils"].update(status=status, date=date)
        told = " ".join(problem.text for problem in check(whole).problems)
        assert (words in told) if words else told == ""

    def test_the_packs_own_indicators_are_listed(self, whole):
        entry = dict(whole.spec["indicators"]["distance"], title="Trees by street", unit="trees")
        whole.spec["indicators"]["street_trees"] = entry
        (own,) = check(whole).own
        assert (own.node.title, own.unit, own.status) == ("Trees by street", "trees", "own")


class TestProblems:
    def test_all_faults_are_listed_at_once(self, whole):
        whole.column("distance.csv", "km", ["far", 1, 4, 2.5, 7, 3])
        whole.spec["indicators"]["crime"]["value"] = "none"
        checked = check(whole)
        texts = {problem.subject: problem.text for problem in checked.problems}
        assert "'far'" in texts["distance"] and "no column 'none'" in texts["crime"]
        assert all(problem.stops for problem in checked.problems)
        assert set(checked.absent) == {"distance", "crime"}

    def test_a_missing_file_says_what_to_do(self, whole):
        (whole.folder / "oa11.gpkg").unlink()
        (problem,) = check(whole).problems
        assert "oa11.gpkg" in problem.text and "Put it back" in problem.text

    def test_what_areas_of_2011_need(self, whole):
        del whole.spec["postcodes"]
        del whole.spec["boundaries"]["OA11"]
        texts = " ".join(problem.text for problem in check(whole).problems)
        assert "need postcodes" in texts and "boundaries.OA11 is missing" in texts

    def test_a_composite_that_lacks_a_part(self, whole):
        del whole.spec["indicators"]["claims"]
        checked = check(whole)
        (problem,) = checked.problems
        assert problem.subject == "worklessness" and "lacks parts" in problem.text and problem.stops

    def test_areas_that_cannot_be_read_are_an_error(self, whole):
        del whole.spec["lookups"]["LSOA21"]["parents"]["LTLA23"]
        with pytest.raises(PackError):
            check(whole)


def test_it_tells_its_progress_and_hears_a_cancel(whole):
    told = []
    check(whole, progress=lambda fraction, text: told.append(fraction))
    assert told == sorted(told) and told[0] == 0.0

    def cancel(fraction, text):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        check(whole, progress=cancel)


def test_the_methodology_decides_what_is_looked_at(whole):
    nodes = [node for node in whole.definition().dump()["nodes"] if node["id"] not in ("crime", "pupils")]
    other = load({**whole.definition().dump(), "nodes": nodes})
    with Pack.open(whole.write()) as pack:
        assert len(check_pack(pack, other).states) == 4
