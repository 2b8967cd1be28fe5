"""The readers of each kind of service, against the stand-in: the figures that were served, or words, never a part."""

from __future__ import annotations

from urllib.error import HTTPError
from urllib.request import Request as Question
from urllib.request import urlopen

import pandas as pd
import pytest
import standin_tiny as tiny
from standin import KEY, StandIn

from hyperlocal_need.core.sources import asking, proof
from hyperlocal_need.core.sources.asking import Cache, Reply, SourceError
from hyperlocal_need.core.sources.readers import READERS


class Loopback:
    """A transport to the stand-in by Python's own library."""

    def __init__(self, standin):
        self.standin = standin

    def ask(self, request, into, begun):
        body = request.body.encode() or None
        headers = {"APIKey": KEY} if request.key else {}
        try:
            with urlopen(Question(self.standin.address(request.address), body, headers), timeout=5) as answer:
                reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()})
                begun(reply)
                into.write_bytes(answer.read())
        except HTTPError as error:
            reply = Reply(error.code, {name.lower(): value for name, value in error.headers.items()})
        return reply

    def wait(self, seconds, words):
        assert seconds < 1


# One recipe a kind that answers with figures, not with a file.
KINDS = {
    "nomis": "census_ts037",
    "arcgis": "lookup_lsoa21_ltla23",
    "ees": "key_stage_4",
    "fingertips": "local_health",
    "statxplore": "universal_credit",
}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return tiny.write_recipes(tmp_path_factory.mktemp("recipes"))


@pytest.fixture
def standin(found):
    with StandIn(found, tiny.tables(found), tiny.shapes) as running:
        yield running


@pytest.fixture
def read(found, standin, tmp_path, monkeypatch):
    """What a recipe's service gives, proven."""
    monkeypatch.setattr(asking, "PAUSES", (0.0, 0.0, 0.0))

    def run(name):
        recipe = found[name]
        cache = Cache(tmp_path / name, Loopback(standin))
        answer = READERS[recipe.fetch.kind](recipe, cache.get)
        if answer.date:
            proof.check_date(recipe, answer.date)
        return proof.prove(recipe, answer.table, set(tiny.AREAS[recipe.fetch.geography]))[0]

    return run


def test_every_kind_that_answers_with_figures_is_here(found):
    files = {"file", "govuk", "ons", "manual"}
    assert set(KINDS) == {one.fetch.kind for one in found.values()} - files


@pytest.mark.parametrize("name", KINDS.values())
def test_the_figures_that_were_served_come(read, standin, name):
    served, came = standin.tables[name], read(name)
    columns = [column for column in served if column in came]
    assert columns == list(served)
    pd.testing.assert_frame_equal(
        came[columns].sort_index(), served.sort_index(), check_dtype=False, check_index_type=False
    )


def test_every_dataset_of_these_kinds_is_read(read, found, standin):
    for name, one in found.items():
        if one.fetch.kind in KINDS:
            came = read(name)
            assert came.index.nunique() == standin.tables[name].index.nunique(), name


@pytest.mark.parametrize(
    "kind, fault",
    [
        *((kind, fault) for kind in KINDS for fault in ("short", "404", "login", "empty", "type")),
        *((kind, "vintage") for kind in KINDS if kind != "statxplore"),
        *((kind, "twice") for kind in ("fingertips",)),
        *((kind, "year") for kind in ("nomis", "fingertips")),
    ],
)
def test_a_faulty_answer_is_refused_in_words(read, standin, kind, fault):
    standin.fail(fault)
    with pytest.raises(SourceError) as refused:
        read(KINDS[kind])
    assert len(str(refused.value)) > 30 and "Traceback" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["500", "429", "empty"])
def test_a_fault_that_passes_is_gone_over(read, standin, kind, fault):
    standin.fail(fault, times=1)
    assert len(read(KINDS[kind]))


def test_a_page_that_comes_again_is_seen(read, standin, found):
    big = [f"E00{place:06d}" for place in range(9_000)]
    standin.tables["census_ts037"] = pd.DataFrame(5.0, index=big, columns=list(found["census_ts037"].columns))
    standin.fail("twice")
    with pytest.raises(SourceError, match="twice"):
        read("census_ts037")


def test_a_country_that_is_refused_whole_is_asked_for_by_authority(read, standin):
    standin.fail("refused")
    assert len(read("universal_credit")) == 12
    assert sum(address.endswith("/table") for address in standin.asked("stat-xplore")) > 1
