"""All indicators of a pack on the LSOAs of 2021: areas, what is converted, noted and absent."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_pack import DISTRICTS, LSOA21, MSOA_A, OA11, RESIDENTS

from hyperlocal_need.core.errors import DataError, PackError
from hyperlocal_need.core.indicators import read_areas
from hyperlocal_need.core.steps import composite
from hyperlocal_need.core.table import Scope


def notes(indicators, kind=None):
    return {(note.subject, note.text) for note in indicators.notes if kind in (None, note.kind)}


class TestAreas:
    def test_sorted_by_code_with_names_above(self, tiny):
        tiny.tables["lsoa21.csv"][1:] = tiny.tables["lsoa21.csv"][:0:-1]
        areas = read_areas(tiny.open())
        assert list(areas.index) == LSOA21 and areas.index.name == "area_code"
        assert areas["district_code"].tolist() == DISTRICTS == areas["shrinkage_district"].tolist()
        assert areas["district_name"].tolist() == ["Alder"] * 3 + ["Birch"] * 3
        assert areas["region_name"].tolist() == ["North"] * 6
        assert areas["population"].tolist() == RESIDENTS
        assert areas["area_name"].iloc[0] == "Area 1"

    def test_without_names_the_code_stands_in(self, tiny):
        del tiny.spec["lookups"]["LSOA21"]["name"]
        assert read_areas(tiny.open())["area_name"].tolist() == LSOA21

    def test_districts_for_reporting_and_shrinking_are_chosen_apart(self, tiny):
        areas = read_areas(tiny.open(), report_by="RGN23", shrink_by="MSOA21")
        assert areas["district_name"].tolist() == ["North"] * 6
        assert areas["shrinkage_district"].tolist() == ["E02100001"] * 3 + ["E02100002"] * 3

    @pytest.mark.parametrize("options", [{"report_by": "WD24"}, {"report_by": "MSOA21"}, {"shrink_by": "WD24"}])
    def test_a_parent_that_the_lookup_lacks(self, tiny, options):
        wanted = next(iter(options.values()))
        with pytest.raises(PackError, match=f"no parent '{wanted}' with a name; it has LTLA23, UTLA23, RGN23"):
            read_areas(tiny.open(), **options)

    @pytest.mark.parametrize(
        "change, message",
        [
            (lambda tiny: tiny.tables["population.csv"].pop(), f"population.csv: no population for {LSOA21[5]}"),
            (
                lambda tiny: tiny.column("population.csv", "residents", [""]),
                f"population.csv: no population for {LSOA21[0]}",
            ),
            (
                lambda tiny: tiny.column("population.csv", "residents", [1, -1]),
                f"the population is negative for {LSOA21[1]}",
            ),
        ],
    )
    def test_population_of_every_area(self, tiny, change, message):
        change(tiny)
        with pytest.raises(PackError, match=message):
            read_areas(tiny.open())


class TestConvertPack:
    def test_everything_that_the_methodology_uses(self, tiny):
        indicators = tiny.indicators()
        assert set(indicators.columns) == {"claims", "allowance", "income", "jobs", "crime", "pupils", "distance"}
        assert indicators.absent == () and indicators.title == "Tiny"
        assert notes(indicators) == {("pupils", "older vintage: Schools, 2020.")}

    def test_an_indicator_that_the_pack_lacks_is_absent(self, tiny):
        del tiny.spec["indicators"]["jobs"]
        assert tiny.indicators().absent == ("jobs",)

    def test_a_part_that_the_pack_lacks_leaves_its_composite_there(self, tiny):
        """Whether a part may be missing is asked later, when the composite is summed."""
        del tiny.spec["indicators"]["claims"]
        assert tiny.indicators().absent == ()
        del tiny.spec["indicators"]["allowance"]
        assert tiny.indicators().absent == ("worklessness",)

    def test_an_indicator_without_any_value_is_absent_too(self, tiny):
        tiny.column("distance.csv", "km", [""] * 6)
        indicators = tiny.indicators()
        assert indicators.absent == ("distance",) and "distance" not in indicators.columns
        assert ("distance", "distance.csv gives no area a value; taken as absent") in notes(indicators, "warning")

    def test_an_entry_that_the_methodology_does_not_use(self, tiny):
        tiny.spec["indicators"]["rainfall"] = tiny.spec["indicators"]["distance"]
        indicators = tiny.indicators()
        assert "rainfall" not in indicators.columns
        assert ("rainfall", "the pack gives 'rainfall', which the methodology does not use; it is left out") in notes(
            indicators
        )

    def test_sources_without_postcodes_are_listed(self, tiny):
        tiny.pairs = tiny.pairs[tiny.pairs["source"] != OA11["11"]]
        assert ("LSOA11", "1 source areas hold no postcode and go by their lookup: E01000011") in notes(
            tiny.indicators()
        )

    def test_notes_of_conversion_name_their_indicator(self, tiny):
        tiny.column("allowance.csv", "claims", [81])
        assert ("allowance", f"numerator above its denominator, taken as equal, in {LSOA21[0]}") in notes(
            tiny.indicators()
        )

    def test_progress_runs_from_nought_to_less_than_one(self, tiny):
        told = []
        tiny.indicators(progress=lambda fraction, text: told.append((fraction, text)))
        assert [fraction for fraction, _ in told] == pytest.approx([n / 7 for n in range(7)])
        assert told[0][1] == "Converting Claims"

    def test_the_blank_limit_reaches_the_conversion(self, tiny):
        tiny.column("crime.csv", "rank", [1, 2, 3, 4, "", 6])
        assert np.isnan(tiny.indicators().columns["crime"].value).sum() == 2
        tiny.methodology["steps"] = {"apportion": {"BLANK_LIMIT": 0.25}}
        assert np.isnan(tiny.indicators().columns["crime"].value).sum() == 1

    def test_a_pack_without_need_of_an_overlap(self, tiny):
        for name in ("income", "jobs", "crime"):
            del tiny.spec["indicators"][name]
        tiny.pairs = None
        assert tiny.indicators().absent == ("income", "jobs", "crime")


class TestDoubleCounting:
    def test_a_composite_given_whole_and_in_parts(self, tiny):
        tiny.spec["indicators"]["worklessness"] = tiny.spec["indicators"]["allowance"]
        indicators = tiny.indicators()
        text = "given whole; its parts in the pack are not used: claims, allowance"
        assert ("worklessness", text) in notes(indicators, "warning")
        assert composite.apply(indicators.table(), Scope(tiny.definition())).columns.empty

    @pytest.mark.parametrize("net_of, warned", [(None, True), ("severe_disablement_allowance", False)])
    def test_incapacity_benefit_holds_severe_disablement_allowance(self, tiny, net_of, warned):
        for old, new in (("claims", "incapacity_benefit"), ("allowance", "severe_disablement_allowance")):
            tiny.spec["indicators"][new] = tiny.spec["indicators"].pop(old)
            next(node for node in tiny.methodology["nodes"] if node["id"] == old)["id"] = new
        if net_of:
            tiny.spec["indicators"]["incapacity_benefit"]["net_of"] = net_of
        assert any("counted twice" in text for _, text in notes(tiny.indicators())) is warned


class TestComposite:
    def gather(self, tiny, left_out=()):
        definition, indicators = tiny.definition(), tiny.indicators()
        scope = Scope(definition, entries=indicators.entries, left_out=left_out)
        codes = indicators.areas.index
        return composite.sum_composite(definition.node("worklessness"), scope, indicators.columns, codes)

    def test_worked_by_hand(self, tiny):
        """Claims of two Output Areas out of 100, and allowances out of 80: both over the wider 100."""
        summed = self.gather(tiny)
        claims, allowance = np.array([3, 7, 11, 15, 19, 23]), np.array([5, 8, 11, 14, 17, 20])
        assert summed.numerator.tolist() == (claims + allowance).tolist()
        assert summed.denominator.tolist() == [100] * 6
        assert summed.value == pytest.approx((claims + allowance) / 100)

    def test_provenance_is_the_least_direct(self, tiny):
        assert list(self.gather(tiny).provenance) == ["summed"] * 6

    def test_an_area_that_lacks_a_part_has_no_value(self, tiny):
        tiny.column("allowance.csv", "claims", [""])
        summed = self.gather(tiny)
        assert np.isnan(summed.value[0]) and summed.provenance[0] is None
        assert not np.isnan(summed.value[1:]).any()

    def test_a_part_that_is_absent(self, tiny):
        del tiny.spec["indicators"]["claims"]
        with pytest.raises(DataError, match="'worklessness' lacks parts without data: claims"):
            self.gather(tiny)
        assert self.gather(tiny, ["claims"]).numerator.tolist() == [5, 8, 11, 14, 17, 20]

    def test_all_parts_left_out(self, tiny):
        with pytest.raises(DataError, match="'worklessness': all of its parts are left out"):
            self.gather(tiny, ["claims", "allowance"])

    def test_a_part_without_counts(self, tiny):
        entry = {"file": "income.csv", "geography": "MSOA11", "code": "code", "value": "income"}
        tiny.spec["indicators"]["claims"] = entry
        with pytest.raises(DataError, match="'worklessness' is a sum of counts, but claims come"):
            self.gather(tiny)


def test_a_fault_in_one_table_stops_the_conversion(tiny):
    tiny.tables["income.csv"].append([MSOA_A, 5])
    with pytest.raises(PackError, match=f"income.csv: column 'code' holds {MSOA_A} more than once"):
        tiny.indicators()
