"""Reading a methodology: its tree, its digest, and the faults that are refused with the place named."""

from __future__ import annotations

import copy
import dataclasses
import json

import pytest

from hyperlocal_need.core import methodology
from hyperlocal_need.core.errors import MethodologyError


@pytest.fixture
def small():
    """The smallest index with every level: one dimension of two sub-dimensions, one of a single indicator.

    Positions: 0 index, 1 dimension a, 2 and 3 its sub-dimensions, 4 composite, 5 and 6 its parts,
    7 indicator of the second sub-dimension, 8 dimension b, 9 its indicator.
    """
    return {
        "format": 1,
        "id": "small",
        "title": "Small",
        "nodes": [
            {"id": "index", "level": "index", "title": "Index", "weighting": "given"},
            {"id": "a", "level": "dimension", "title": "A", "parent": "index", "weight": 0.75},
            {"id": "a_one", "level": "sub_dimension", "title": "A one", "parent": "a"},
            {"id": "a_two", "level": "sub_dimension", "title": "A two", "parent": "a"},
            {"id": "benefits", "level": "composite", "title": "Benefits", "parent": "a_one", "kind": "count"},
            {"id": "benefit_x", "level": "indicator", "title": "X", "parent": "benefits", "kind": "count"},
            {"id": "benefit_y", "level": "indicator", "title": "Y", "parent": "benefits", "kind": "count"},
            {"id": "speed", "level": "indicator", "title": "Speed", "parent": "a_two", "direction": "less"},
            {"id": "b", "level": "dimension", "title": "B", "parent": "index", "weight": 0.25},
            {"id": "crime", "level": "indicator", "title": "Crime", "parent": "b", "kind": "rank"},
        ],
    }


def refusal(entry) -> str:
    """The words with which a definition is refused."""
    with pytest.raises(MethodologyError) as caught:
        methodology.load(entry)
    return str(caught.value)


class TestTree:
    def test_walks(self, small):
        definition = methodology.load(small)
        assert definition.index.id == "index"
        assert [node.id for node in definition.children("a")] == ["a_one", "a_two"]
        assert [node.id for node in definition.indicators] == ["benefits", "speed", "crime"]
        assert definition.dimension_of("benefit_x").id == "a"
        assert definition.dimension_of("b").id == "b"
        with pytest.raises(MethodologyError, match="'nowhere'"):
            definition.node("nowhere")

    def test_options_are_defaults_overlaid(self, small):
        small["steps"] = {"qualityassurance": {"MIN_UNIQUE": 0.25}}
        options = methodology.load(small).options("qualityassurance")
        assert options["MIN_UNIQUE"] == 0.25
        assert options["MIN_AVAILABLE"] == 0.65

    def test_frozen_and_argument_untouched(self, small):
        before = copy.deepcopy(small)
        definition = methodology.load(small)
        assert small == before
        with pytest.raises(dataclasses.FrozenInstanceError):
            definition.title = "Other"


class TestRoundTripAndDigest:
    def test_dump_loads_to_an_equal_methodology(self, small):
        small["steps"] = {"exponentialtransform": {"CONSTANT": 20.0}}
        small["considered"] = [{"dimension": "a", "measure": "Sales", "reason": "Too thin."}]
        definition = methodology.load(small)
        again = methodology.load(json.loads(json.dumps(definition.dump())))
        assert again == definition
        assert again.digest() == definition.digest()

    def test_digest_ignores_the_order_of_keys_and_stated_defaults(self, small):
        digest = methodology.load(small).digest()
        turned = {key: small[key] for key in reversed(list(small))}
        turned["nodes"] = [{key: node[key] for key in reversed(list(node))} for node in small["nodes"]]
        turned["nodes"][9]["direction"] = "need"
        assert methodology.load(turned).digest() == digest
        assert len(digest) == 64

    @pytest.mark.parametrize(
        "change",
        [
            lambda entry: entry["nodes"][1].update(weight=0.7) or entry["nodes"][8].update(weight=0.3),
            lambda entry: entry["nodes"][7].update(direction="need"),
            lambda entry: entry["nodes"].reverse(),
            lambda entry: entry.update(steps={"exponentialtransform": {"CONSTANT": 20.0}}),
            lambda entry: entry.update(warning="Invented."),
        ],
    )
    def test_digest_changes_with_content(self, small, change):
        digest = methodology.load(small).digest()
        change(small)
        assert methodology.load(small).digest() != digest


def _set(position, **values):
    return lambda entry: entry["nodes"][position].update(values)


def _drop(position, key):
    return lambda entry: entry["nodes"][position].pop(key)


def _append(**node):
    return lambda entry: entry["nodes"].append(node)


REFUSALS = {
    "unknown key at the top": (lambda e: e.update(wieghts={}), "the methodology: unknown key 'wieghts'"),
    "unknown key in a node": (_set(5, wieght=1), "nodes[5]: unknown key 'wieght'"),
    "node is no object": (lambda e: e["nodes"].__setitem__(2, "a_one"), "nodes[2]: must be an object"),
    "nodes is no list": (lambda e: e.update(nodes={}), "the methodology.nodes: must be a list"),
    "text as weight": (_set(1, weight="0.75"), "nodes[1].weight: must be a number from 0 to 1"),
    "truth as weight": (_set(1, weight=True), "nodes[1].weight: must be a number from 0 to 1"),
    "no number as weight": (_set(1, weight=float("nan")), "nodes[1].weight: must be a number from 0 to 1"),
    "weight above 1": (_set(1, weight=1.5), "nodes[1].weight: must be a number from 0 to 1"),
    "number as title": (_set(3, title=3), "nodes[3].title: must be a text"),
    "number as code": (_set(9, codes=["21100", 21200]), "nodes[9].codes[1]: must be a text"),
    "format as truth": (lambda e: e.update(format=True), "the methodology.format: must be a whole number"),
    "format of the future": (lambda e: e.update(format=2), "format: 2 is not known"),
    "no title": (lambda e: e.pop("title"), "the methodology: the key 'title' is missing"),
    "node without level": (_drop(4, "level"), "nodes[4]: the key 'level' is missing"),
    "capital in an id": (_set(9, id="Crime"), "nodes[9].id: 'Crime' must be lower-case"),
    "id used twice": (_set(6, id="benefit_x"), "nodes[6].id: 'benefit_x' is used twice"),
    "orphan": (_set(7, parent="a_three"), "nodes[7].parent: there is no node 'a_three'"),
    "no parent": (_drop(7, "parent"), "nodes[7].parent: missing"),
    "index with a parent": (_set(0, parent="a"), "nodes[0].parent: the index has no parent"),
    "its own parent": (_set(2, parent="a_one"), "nodes[2].parent: a cycle: a_one -> a_one"),
    "cycle of two": (
        lambda e: (_set(2, parent="a_two")(e), _set(3, parent="a_one")(e)),
        "nodes[2].parent: a cycle: a_one -> a_two -> a_one",
    ),
    "sub-dimension under the index": (_set(2, parent="index"), "nodes[2].parent: 'a_one' (sub_dimension) cannot"),
    "indicator under an indicator": (_set(9, parent="speed"), "nodes[9].parent: 'crime' (indicator) cannot"),
    "composite in a composite": (
        _append(id="inner", level="composite", title="Inner", parent="benefits"),
        "nodes[10].parent: 'inner' (composite) cannot",
    ),
    "two indices": (_append(id="other", level="index", title="Other"), "nodes: exactly one index is needed; found 2"),
    "empty sub-dimension": (
        _append(id="a_three", level="sub_dimension", title="A three", parent="a"),
        "nodes[10]: 'a_three' (sub_dimension) has nothing under it",
    ),
    "mixed scales": (_append(id="loose", level="indicator", title="Loose", parent="a"), "nodes[1]: 'a' mixes"),
    "weights below 1": (_set(8, weight=0.2), "nodes[1].weight, nodes[8].weight: the weights under 'index' sum to 0.95"),
    "weight missing": (_drop(8, "weight"), "nodes[8].weight: missing; 'index' has weighting 'given'"),
    "weight under an equal parent": (_set(2, weight=1.0), "nodes[2].weight: given, but 'a' has weighting 'equal'"),
    "weight of the index": (_set(0, weight=1.0), "nodes[0].weight: the index takes no weight"),
    "composite with weights": (_set(4, weighting="given"), "nodes[4].weighting: 'benefits' (composite)"),
    "indicator with weighting": (_set(7, weighting="maximum_likelihood"), "nodes[7].weighting: 'speed' (indicator)"),
    "unknown level": (_set(9, level="domain"), "nodes[9].level: 'domain' is not known; choose from index, dimension"),
    "unknown direction": (_set(9, direction="up"), "nodes[9].direction: 'up' is not known; choose from need, less"),
    "unknown geography": (_set(9, geography="LSOA"), "nodes[9].geography: 'LSOA' is not known; choose from OA21"),
    "unknown kind": (_set(9, kind="rate"), "nodes[9].kind: 'rate' is not known"),
    "unknown shrinkage": (_set(9, shrinkage="full"), "nodes[9].shrinkage: 'full' is not known"),
    "unknown weighting": (_set(2, weighting="expert"), "nodes[2].weighting: 'expert' is not known"),
    "unknown step": (lambda e: e.update(steps={"shrink": {}}), "steps.shrink"),
    "options of a step as a list": (lambda e: e.update(steps={"shrinkage": []}), "steps.shrinkage: must be an object"),
    "unknown option": (
        lambda e: e.update(steps={"exponentialtransform": {"SCALE": 23.0}}),
        "steps.exponentialtransform.SCALE: 'exponentialtransform' has no such option",
    ),
    "option out of bounds": (
        lambda e: e.update(steps={"exponentialtransform": {"CONSTANT": 0.0}}),
        "steps.exponentialtransform.CONSTANT: 0.0 is outside 1.0 to 1000.0",
    ),
    "considered lacks a reason": (
        lambda e: e.update(considered=[{"dimension": "a", "measure": "Sales"}]),
        "considered[0]: the key 'reason' is missing",
    ),
    "considered with a number": (
        lambda e: e.update(considered=[{"dimension": "a", "measure": 1, "reason": "Thin."}]),
        "considered[0].measure: must be a text",
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("fault", REFUSALS)
    def test_the_message_starts_with_the_place(self, small, fault):
        change, words = REFUSALS[fault]
        methodology.load(small)
        change(small)
        message = refusal(small)
        assert message.startswith(words), message

    def test_weights_may_miss_1_by_a_billionth_only(self, small):
        small["nodes"][8]["weight"] = 0.25 + 9e-10
        methodology.load(small)
        small["nodes"][8]["weight"] = 0.25 + 2e-9
        assert refusal(small).startswith("nodes[1].weight, nodes[8].weight")

    def test_missing_file(self, tmp_path):
        path = tmp_path / "mine.json"
        assert refusal(path).startswith(f"{path}: the methodology cannot be read")

    def test_not_json(self, tmp_path):
        path = tmp_path / "mine.json"
        path.write_text("{'format': 1}", encoding="utf-8")
        assert refusal(path).startswith(f"{path}: the methodology is not JSON")

    def test_not_an_object(self, tmp_path):
        path = tmp_path / "mine.json"
        path.write_text("[1, 2]", encoding="utf-8")
        assert refusal(path).startswith(f"{path}: the methodology must hold an object")

    def test_not_text(self, tmp_path):
        path = tmp_path / "mine.json"
        path.write_bytes(b"\x89PNG\r\n\xff\xfe")
        assert refusal(path).startswith(f"{path}: the methodology is not JSON")

    def test_fault_in_a_file_names_file_and_place(self, small, tmp_path):
        small["nodes"][9]["kind"] = "rate"
        path = tmp_path / "mine.json"
        path.write_text(json.dumps(small), encoding="utf-8")
        assert refusal(path).startswith(f"{path}: nodes[9].kind: 'rate' is not known")

    def test_key_given_twice(self, tmp_path):
        path = tmp_path / "mine.json"
        path.write_text('{"format": 1, "id": "a", "id": "b"}', encoding="utf-8")
        assert refusal(path).startswith(f"{path}: id: given twice in one object ('a' and 'b')")

    def test_byte_order_mark_is_no_fault(self, small, tmp_path):
        path = tmp_path / "mine.json"
        path.write_text(json.dumps(small), encoding="utf-8-sig")
        assert methodology.load(path) == methodology.load(small)
