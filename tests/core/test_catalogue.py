"""The catalogue: options are checked in one place, and every step has its words."""

from __future__ import annotations

import dataclasses
import math

import pytest

from hyperlocal_need.core import catalogue
from hyperlocal_need.core.catalogue import GROUPS, STEPS, Option, check_options, step
from hyperlocal_need.core.errors import MethodologyError, OptionError

OPTIONS = [(entry.id, option) for entry in STEPS for option in entry.options]
NUMBER = Option("SHARE", "number", 0.2, "Share", minimum=0.0, maximum=1.0)
WHOLE = Option("SEED", "integer", 1, "Seed", minimum=0, maximum=9)


class TestEntries:
    def test_ids_are_used_once_and_groups_exist(self):
        assert len({entry.id for entry in STEPS}) == len(STEPS)
        assert {entry.group for entry in STEPS} <= set(GROUPS)

    @pytest.mark.parametrize("entry", STEPS, ids=lambda entry: entry.id)
    def test_words_and_option_names(self, entry):
        assert entry.title and entry.summary.endswith(".")
        names = [option.name for option in entry.options]
        assert len(set(names)) == len(names) and all(name.isupper() for name in names)
        assert list(entry.defaults()) == names

    @pytest.mark.parametrize("step_id, option", OPTIONS, ids=[f"{name}-{option.name}" for name, option in OPTIONS])
    def test_defaults_fit_their_own_option(self, step_id, option):
        assert option.check(option.default) == option.default
        assert option.title and len(option.labels) == len(option.choices)

    def test_steps_are_frozen(self):
        with pytest.raises(dataclasses.FrozenInstanceError):
            STEPS[0].title = "Other"

    def test_unknown_names(self):
        with pytest.raises(OptionError, match="no step 'shrink'; known are aggregatetolsoa"):
            step("shrink")
        with pytest.raises(OptionError, match="DEPTH: 'shrinkage' has no such option"):
            step("shrinkage").option("DEPTH")


class TestCheck:
    def test_bounds_themselves_are_in(self):
        assert NUMBER.check(0) == 0.0 and isinstance(NUMBER.check(1), float)
        assert WHOLE.check(9) == 9 and isinstance(WHOLE.check(9), int)

    @pytest.mark.parametrize("option", [NUMBER, WHOLE])
    @pytest.mark.parametrize("value", ["1", None, True, [1]])
    def test_what_is_no_number(self, option, value):
        with pytest.raises(OptionError, match=f"{option.name}: must be a .*number, not"):
            option.check(value)

    @pytest.mark.parametrize("value", [-0.1, 1.1, math.inf, math.nan])
    def test_out_of_bounds(self, value):
        with pytest.raises(OptionError, match="SHARE: .* is outside 0.0 to 1.0"):
            NUMBER.check(value)

    def test_a_fraction_is_no_whole_number(self):
        with pytest.raises(OptionError, match="SEED: must be a whole number, not 1.5"):
            WHOLE.check(1.5)

    def test_other_kinds(self):
        missing = step("computeindex").option("MISSING")
        assert missing.check("median") == "median"
        with pytest.raises(OptionError, match="MISSING: 'guess' is not known; choose from exclude, district, median"):
            missing.check("guess")
        live = step("postcodeoverlap").option("LIVE_POSTCODES_ONLY")
        assert live.check(False) is False
        with pytest.raises(OptionError, match="LIVE_POSTCODES_ONLY: must be true or false, not 1"):
            live.check(1)
        with pytest.raises(OptionError, match="NAME: must be a text, not 3"):
            Option("NAME", "text", "", "Name").check(3)
        assert Option("NAME", "text", "", "Name").check("Alder") == "Alder"


class TestMethodologyOptions:
    def test_checked_and_made_alike(self):
        """23 and 23.0 are one setting."""
        assert check_options("steps.x", "exponentialtransform", {"CONSTANT": 23}) == {"CONSTANT": 23.0}

    @pytest.mark.parametrize(
        "step_id, options, message",
        [
            ("shrink", {}, "steps.x: There is no step 'shrink'"),
            ("exponentialtransform", {"SCALE": 1}, "steps.x.SCALE: 'exponentialtransform' has no such option"),
            ("exponentialtransform", {"CONSTANT": 0}, "steps.x.CONSTANT: 0 is outside 1.0 to 1000.0"),
            ("exponentialtransform", {"DIVISOR": "all"}, "steps.x.DIVISOR: is chosen for each run"),
        ],
    )
    def test_the_path_is_named(self, step_id, options, message):
        with pytest.raises(MethodologyError) as caught:
            check_options("steps.x", step_id, options)
        assert str(caught.value).startswith(message)


def test_what_is_missing_is_offered_as_the_method_says():
    assert catalogue.step("computeindex").option("MISSING").choices == ("exclude", "district", "median")
    assert step("computeindex").defaults()["MISSING"] == "exclude"
    assert step("computeindex").defaults()["MISSING_INDICATORS"] == "error"
