"""Every fault of a publisher's service: never a short table, never a harmed pack, always words."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from qgis.core import QgsProcessingException

from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.sources import recipe
from hyperlocal_need.processing_provider.io import network

# Datasets that fail in the tests: the indicator, its recipe, and what its addresses hold.
NOMIS = ("bad_health", "census_ts037", "NM_2055_1")
FILE = ("carbon_footprint", "place_based_carbon", "PBCC_LSOA_data")
TABLE = ("fuel_poverty", "fuel_poverty", "fuel-poverty-sub-regional")
EES = ("ks2_attainment", "key_stage_2", "2ff21cfc.*query")
FINGERTIPS = ("life_expectancy_male", "local_health", "93283")

# What stays, and the words that say so: each fault where it tells most.
LASTING = (
    ("404", FILE, "does not know the address"),
    ("500", NOMIS, "answers with error 500"),
    ("429", NOMIS, "asks to wait"),
    ("cut", NOMIS, "no whole answer|cut short"),
    ("login", TABLE, "web page"),
    ("type", EES, "not JSON|cannot be read|cut short"),
    ("empty", FINGERTIPS, "empty answer"),
    ("drip", NOMIS, "too slowly"),
    ("hang", FILE, "no answer for"),
    ("to_http", FILE, "not https"),
    ("to_file", NOMIS, "not https"),
    ("bomb", NOMIS, "unfolds|no whole answer|no column"),
    ("short", TABLE, "areas"),
    ("short", FINGERTIPS, "areas"),
    ("vintage", TABLE, "codes|areas"),
    ("vintage", FINGERTIPS, "codes|areas"),
    ("twice", FINGERTIPS, "twice"),
    ("year", NOMIS, "older"),
    ("year", FINGERTIPS, "2019 - 23"),
)


def table_of(folder, indicator, recipe):
    """The table of an indicator in a pack, as numbers by area."""
    with Pack.open(folder) as pack:
        entry = pack.entries[indicator]
        return pd.read_csv(Path(folder) / entry.file, index_col=entry.code)


def same(table, expected):
    """Whether a table has the figures that were served, no more and no fewer."""
    common = [name for name in expected if name in table]
    pd.testing.assert_frame_equal(
        table[common].astype(float).sort_index().rename_axis("code"), expected[common].sort_index()
    )
    return bool(common)


def digests(folder):
    """What every file of a folder holds."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_file_that_moved_is_followed_by_https(fetch, standin):
    standin.fail("moved", "PBCC_LSOA_data")
    result, _ = fetch("carbon_footprint")
    assert same(
        table_of(result["OUTPUT"], "carbon_footprint", "place_based_carbon"), standin.tables["place_based_carbon"]
    )
    assert any("/moved/" in address for address in standin.asked("github.com"))


@pytest.mark.parametrize("name, of, words", LASTING, ids=lambda value: value if isinstance(value, str) else value[1])
def test_a_fault_that_stays_leaves_the_rest_whole(fetch, standin, impatient, name, of, words):
    indicator, recipe, where = of
    other = "limiting_long_term_illness"
    fault = standin.fail(name, where)
    result, said = fetch(f"{indicator},{other}")
    assert fault.met
    with Pack.open(result["OUTPUT"]) as pack:
        assert list(pack.entries) == [other], "nothing is taken of an answer that is not proven"
    assert re.search(words, result["MISSING"]), result["MISSING"]
    assert any(re.search(words, line) for line in said) and Path(result["DROPPED"]).name == "dropped", "what to do"
    assert not list(Path(result["OUTPUT"]).rglob("*.part"))


@pytest.mark.parametrize("gives", ["boundaries", "population", "lookup"])
@pytest.mark.parametrize("name", ["404", "short", "login", "vintage"])
def test_without_its_areas_no_pack_is_made_and_an_earlier_one_stays(fetch, standin, impatient, gives, name, tmp_path):
    fetch("bad_health")
    before = digests(tmp_path / "pack")
    where = {"boundaries": "Lower_layer_Super", "population": "NM_2014_1", "lookup": "LSOA21_WD23_LAD23"}[gives]
    standin.fail(name, where)
    (tmp_path / "another").mkdir()
    with pytest.raises(QgsProcessingException, match=f"no pack can be made without {gives}"):
        fetch("bad_health", CACHE=str(tmp_path / "another"))
    assert digests(tmp_path / "pack") == before


@pytest.fixture
def small_disk(tmp_path):
    """A disk of its own, in memory, of 2 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = shutil.which("mount") and os.name == "posix" and os.geteuid() == 0
    if not mounted or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]).returncode:
        pytest.skip("a disk of its own can be made by root on Linux alone")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.parametrize("free", [0, 20_480])
def test_a_full_disk_under_the_cache_is_said_and_the_next_run_goes_on(
    fetch, standin, small_disk, tmp_path, monkeypatch, free
):
    """Written until there is no room: so small a disk would be refused before the first byte."""
    monkeypatch.setattr(network, "_ROOM_LEFT", 0)
    fetch("bad_health")
    before, ballast = digests(tmp_path / "pack"), small_disk / "ballast"
    ballast.write_bytes(b"\0" * (shutil.disk_usage(small_disk).free - free))
    with pytest.raises(QgsProcessingException, match=f"{re.escape(str(small_disk))}.* is full"):
        fetch("bad_health", CACHE=str(small_disk))
    assert digests(tmp_path / "pack") == before
    ballast.unlink()
    result, _ = fetch("bad_health", CACHE=str(small_disk))
    assert not result["MISSING"] and same(
        table_of(result["OUTPUT"], "bad_health", "census_ts037"), standin.tables["census_ts037"]
    )


# Half of them at a request, the others at a step of what comes after the last one.
MOMENTS = int(os.environ.get("HYPERLOCALNEED_MOMENTS", "2"))
CHILD = """
import os, pathlib, signal, sys
sys.path[:0] = {paths!r}
from register import register
register()
from hyperlocal_need.core.sources import recipe
recipe.RECIPES = pathlib.Path({recipes!r})
from hyperlocal_need.tools.qgis_session import qgis_session
from qgis.core import QgsProcessingContext, QgsProcessingFeedback

class Heard(QgsProcessingFeedback):
    def __init__(self):
        super().__init__(False)
        self.progressChanged.connect(self.hear)

    def hear(self, progress):
        if progress >= {at!r}:
            os.kill(os.getpid(), signal.SIGKILL)

with qgis_session() as application:
    algorithm = application.processingRegistry().createAlgorithmById("hyperlocalneed:fetchsources")
    algorithm.run({values!r}, QgsProcessingContext(), Heard(), {{}}, False)
"""


@pytest.mark.parametrize("number", range(MOMENTS))
def test_killed_at_any_moment_the_earlier_pack_is_whole_and_the_next_run_makes_it(fetch, standin, tmp_path, number):
    chosen, cache = "bad_health,carbon_footprint", tmp_path / "killed"
    cache.mkdir()
    fetch(chosen)
    before, asked, share = digests(tmp_path / "pack"), len(standin.log), (number // 2 + 1) / (MOMENTS // 2 + 1)
    values = {"BASE": standin.base, "INDICATORS": chosen, "CACHE": str(cache), "OUTPUT": str(tmp_path / "pack")}
    # Progress at which the last answer has come: from there on the pack is made.
    at = 1000 if number % 2 else 60 + 39 * share
    tools = Path(network.__file__).parents[2] / "tools"
    code = CHILD.format(paths=[str(tools)], recipes=str(recipe.RECIPES), values=values, at=at)
    child = subprocess.Popen([sys.executable, "-c", code])
    if number % 2:
        moment = asked + 1 + int(share * asked)
        standin.on_request = lambda count: child.kill() if count == moment else None
    assert child.wait() == -signal.SIGKILL, "it was running"
    standin.on_request = lambda _: None
    assert digests(tmp_path / "pack") == before
    assert fetch(chosen, CACHE=str(cache))[0]["FETCHED"] == 2
    assert {path.name for path in tmp_path.iterdir()} == {"pack", "cache", "killed"}, "nothing is left behind"
    after = digests(tmp_path / "pack")
    assert {name: one for name, one in after.items() if name != "manifest.json"} == {
        name: one for name, one in before.items() if name != "manifest.json"
    }


def test_the_next_run_goes_on_from_what_came(fetch, standin, impatient, tmp_path):
    standin.fail("404", "PBCC_LSOA_data")
    fetch("bad_health,carbon_footprint")
    asked = len(standin.log)
    standin.heal()
    result, _ = fetch("bad_health,carbon_footprint")
    with Pack.open(result["OUTPUT"]) as pack:
        assert set(pack.entries) == {"bad_health", "carbon_footprint"}
    assert [address.partition("/")[2] for address in standin.asked()[asked:]] == [
        "/github.com/creds2/CarbonCalculator/releases/download/1.0/PBCC_LSOA_data.zip"
    ]


def test_a_half_file_is_gone_on_from_its_middle(fetch, standin, impatient):
    standin.fail("cut", "PBCC_LSOA_data", times=1)
    fetch("carbon_footprint")
    ranges = [one.headers.get("range") for one in standin.log if one.host == "github.com"]
    assert ranges[0] is None and ranges[1].startswith("bytes=")


def test_a_certificate_of_nobody_is_refused(fetch, standin, impatient, tmp_path):
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    try:
        subprocess.run([*made, "-keyout", "key.pem", "-out", "cert.pem"], cwd=tmp_path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not there to make a certificate")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server = standin._server
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with pytest.raises(QgsProcessingException, match="no pack can be made without"):
        fetch("bad_health", BASE=f"https://127.0.0.1:{server.server_port}")
    assert not standin.log, "nothing was asked over such a line"
    assert not (tmp_path / "pack").exists()
