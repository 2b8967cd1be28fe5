"""Codes of areas: found in cells, told apart by level, and by the year that they were made for."""

from __future__ import annotations

import pytest

from hyperlocal_need.core.published.making.clean import clean
from hyperlocal_need.core.published.reading import codes, names
from hyperlocal_need.core.published.reading.areas import Known, known_areas
from hyperlocal_need.core.published.reading.codes import tell_vintage
from hyperlocal_need.core.published.reading.grid import Grid


@pytest.mark.parametrize(
    "cell, code",
    [
        ("E01000001", "E01000001"), (" e01000001 ", "E01000001"), ("lsoa2011:E01000001 : City 001A", "E01000001"),
        ("E02000001 City of London 001", "E02000001"), ("'E09000001'", "E09000001"), ("XE01000001", ""),
        ("E0100001", ""),
        ("E01000001 and E01000002", ""), ("", ""), ("W01000005", "W01000005"),
    ],
)  # fmt: skip
def test_codes_in_cells(cell, code):
    assert codes.code_of(cell) == code


def test_levels():
    given = ("E00000001", "E01000001", "E10000003", "W01000001", "E92000001", "X1")
    assert [codes.level_of(code) for code in given] == [
        "output area", "LSOA", "authority", "Wales", "country", "other area",
    ]  # fmt: skip
    assert codes.main_level(["E01000001", "E01000001", "E06000001", "E06000002"]) == "authority"
    assert codes.main_level(["E12000001"]) is None


class TestVintage:
    """Without a pack the ranges of codes decide; with one, how many of its areas are met."""

    def test_a_code_made_for_2021_settles_it(self):
        found = tell_vintage("LSOA", {"E01000001", "E01033769"}, {})
        assert (found.geography, found.others) == ("LSOA21", ()) and "E01033769" in found.reason

    def test_a_few_old_codes_may_be_of_either_year(self):
        found = tell_vintage("MSOA", {"E02000001", "E02006934"}, {})
        assert (found.geography, found.others) == ("MSOA11", ("MSOA21",))

    def test_a_pack_tells_by_matching(self):
        known = {"LSOA21": {"E01000001", "E01033769"}, "LSOA11": {"E01000001", "E01000002"}}
        assert tell_vintage("LSOA", {"E01000001", "E01000002"}, known).geography == "LSOA11"
        found = tell_vintage("LSOA", {"E01000001", "E01000009"}, known)
        assert (found.geography, found.others, found.unmatched) == ("LSOA21", ("LSOA11",), ("E01000009",))

    def test_counties_make_the_upper_tier(self):
        assert tell_vintage("authority", {"E06000001", "E10000003"}, {}).geography == "UTLA23"
        found = tell_vintage("authority", {"E06000001", "E07000008", "E10000003"}, {})
        assert (found.geography, found.unmatched) == ("LTLA23", ("E10000003",))

    def test_authorities_of_april_2023(self):
        assert (len(codes.LTLA23), len(codes.UTLA23)) == (296, 153)
        assert "E06000066" in codes.LTLA23 and "E07000187" not in codes.LTLA23

    def test_set_by_hand(self):
        assert tell_vintage("LSOA", {"E01000001"}, {}, "LSOA21").geography == "LSOA21"


class TestNames:
    known = {
        "MSOA21": {"E02000001": "Durham 001", "E02000002": "Durham 002", "E02007000": "Durham 003"},
        "MSOA11": {"E02000001": "Durham 001", "E02000002": "Durham 002"},
        "LTLA23": {"E06000022": "Bath & North East Somerset", "E06000023": "Bristol, City of"},
    }

    def test_the_geography_that_is_there_as_a_whole_is_taken(self):
        found = names.match(["Durham 001", "Durham 002", "Elsewhere"], self.known)
        assert (found.geography, found.codes) == ("MSOA11", ("E02000001", "E02000002", ""))
        assert found.unknown == ("Elsewhere",)

    def test_of_some_areas_the_newest_is_taken_unless_the_header_says_its_own(self):
        """A pack knows only those names of 2011 that stand for 2021 as well, so that both fit alike."""
        both = {f"E0200000{place}": f"Durham 00{place}" for place in range(1, 9)}
        known = Known({name: set(both) for name in ("MSOA11", "MSOA21")}, {"MSOA21": both, "MSOA11": both})
        rows = [[text, "1"] for text in list(both.values())[:3]]
        found = {
            header: clean(Grid("file.csv", [[header, "n"], *rows]), known)
            for header in ("Area", "MSOA21NM", "MSOA11NM")
        }
        assert [one.geography for one in found.values()] == ["MSOA21", "MSOA21", "MSOA11"]
        doubt = "The areas fit MSOA11 as well as MSOA21; GEOGRAPHY settles it."
        assert [doubt in one.warnings for one in found.values()] == [True, False, False]
        assert not any("by hand" in one.guesses["vintage"]["reason"] for one in found.values())
        newer = {**both, "E02007000": "Durham 009"}
        known = Known({"MSOA11": set(both), "MSOA21": set(newer)}, {"MSOA21": newer, "MSOA11": both})
        whole = clean(Grid("file.csv", [["Area", "n"], *([text, "1"] for text in both.values())]), known)
        assert whole.guesses["vintage"]["reason"] == "nearly all areas of MSOA11 whose names are known are in the file"

    def test_names_are_compared_without_their_trimmings(self):
        found = names.match(["BATH AND NORTH EAST SOMERSET UA", "City of Bristol"], self.known)
        assert found.codes == ("E06000022", "E06000023")

    def test_a_name_of_two_areas_is_ambiguous(self):
        found = names.match(["Park"], {"LTLA23": {"E06000001": "Park", "E06000002": "PARK"}})
        assert found.codes == ("",) and found.ambiguous == {"Park": ("E06000001", "E06000002")}

    def test_names_can_be_added_from_a_table(self):
        known = Known({}, {}).with_names(["E02000001", "E02000002", "W02000001"], ["One", "Two", "Wales"])
        assert known.names == {"MSOA11": {"E02000001": "One", "E02000002": "Two"}}


def test_what_a_pack_knows(tiny):
    from hyperlocal_need.core.pack import Pack

    with Pack.open(tiny.write()) as pack:
        known = known_areas(pack)
    assert len(known.codes["LSOA21"]) == 6 and len(known.codes["OA11"]) == 7
    assert known.names["LTLA23"] == {"E07000001": "Alder", "E07000002": "Birch"}


def test_the_lists_are_those_of_england(england):
    """The compact ranges of codes against the lookup of April 2023."""
    from hyperlocal_need.core.pack import Pack

    with Pack.open(england) as pack:
        known = known_areas(pack).codes
    assert known["LTLA23"] == codes.LTLA23 and known["UTLA23"] == codes.UTLA23
    for geography, count in codes.COUNTS.items():
        assert len(known[geography]) == count
    for entity, geography in (("E00", "OA11"), ("E01", "LSOA11"), ("E02", "MSOA11")):
        assert max(known[geography]) == f"{entity}{codes.LAST_OF_2011[entity]:06d}"
