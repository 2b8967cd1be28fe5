"""England, fetched: from the stand-in for the publishers' services to a data pack, and what becomes of every fault."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
import standin_tiny as tiny
from qgis.core import QgsProcessingException, QgsProcessingFeedback, QgsVectorLayer
from standin import FAULTS, StandIn

from hyperlocal_need.core.pack import Pack
from hyperlocal_need.core.sources import asking, making
from hyperlocal_need.processing_provider.io import network


class Heard(QgsProcessingFeedback):
    """Keeps what is said; cancels once ``cancel_at`` texts of progress have come."""

    def __init__(self, cancel_at=0):
        super().__init__()
        self.said, self.texts, self.cancel_at = [], [], cancel_at

    def pushWarning(self, warning):
        self.said.append(warning)

    def setProgressText(self, text):
        self.texts.append(text)
        if len(self.texts) == self.cancel_at:
            self.cancel()


@pytest.fixture(scope="module")
def found(sources_of_a_tiny_country):
    return sources_of_a_tiny_country


@pytest.fixture
def standin(found, monkeypatch):
    """A stand-in of one's own; no answer is waited for long."""
    monkeypatch.setattr(asking, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(network, "STALL_SECONDS", 1.0)
    monkeypatch.setitem(network.MOST_BYTES, "csv", 2 * 1024**2)
    with StandIn(found, tiny.tables(found), tiny.shapes) as running:
        yield running


@pytest.fixture
def fetch(provider, standin, tmp_path):
    (tmp_path / "cache").mkdir()

    def run(indicators="", feedback=None, **more):
        import processing

        parameters = {"INDICATORS": indicators, "CACHE": str(tmp_path / "cache"), "OUTPUT": str(tmp_path / "pack")}
        feedback = feedback or QgsProcessingFeedback()
        return processing.run(
            "hyperlocalneed:fetchsources", {**parameters, "BASE": standin.base, **more}, feedback=feedback
        )

    return run


def read(folder: Path):
    """Every file of a folder, by name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_that_needs_no_key(fetch, standin, found, tmp_path):
    """Every table is the stand-in's, and each entry says where it is from."""
    result = fetch()
    missing = {line.split(":")[0] for line in result["MISSING"].splitlines()}
    manual = {name for name, one in found.items() if one.fetch.kind == "manual"}
    assert missing == manual | {name for name, one in found.items() if one.fetch.kind == "statxplore"}
    with Pack.open(result["OUTPUT"]) as pack:
        for name, one in found.items():
            file = f"indicators/{name}.csv.gz"
            if file not in pack.files():
                continue
            code = making.code_name(one.fetch.geography)
            expected = standin.tables[name]
            if name == "small_area_gva":
                # The latest year is the later one of the change.
                expected = expected.assign(gva_latest=expected["gva_2022"])
            table = pack.table(file, code, numbers=[column for column in one.columns if column in expected])
            pd.testing.assert_frame_equal(table.rename_axis("code"), expected, check_like=True, check_dtype=False)
        assert all(entry.source and entry.date for entry in pack.entries.values())
        assert pack.entries["gp_appointments"].status == "substitute"
        assert pack.entries["life_expectancy_male"].standard_error
        assert len(pack.lookup("LSOA21", ["LTLA23", "UTLA23", "RGN23", "MSOA21"])) == 12
        assert len(pack.exact_fit()) == len(tiny.EXACT_FIT)
        points = pack.table_of_points("postcodes.csv.gz", ["easting", "northing"], "live")
        assert len(points) == len(tiny.postcodes()) and points["live"].sum() == 0.75 * len(points)
        layer = QgsVectorLayer(f"{pack.folder}/boundaries.gpkg|layername=LSOA21", "l", "ogr")
        assert layer.featureCount() == 12 and layer.crs().authid() == "EPSG:27700"
        del layer
    manifest = json.loads((tmp_path / "pack" / "manifest.json").read_text(encoding="utf-8"))
    for source in manifest["sources"]:
        assert source["licence"] and source["rows"] and source["asked"]
        for asked in source["asked"]:
            assert (tmp_path / "cache" / source["recipe"] / asked["file"]).stat().st_size == asked["bytes"]


def test_a_second_run_asks_for_nothing_and_gives_the_same_bytes(fetch, standin, tmp_path):
    fetch("bad_health")
    before = read(tmp_path / "pack")
    standin.log.clear()
    fetch("bad_health")
    assert standin.asked() == [] and read(tmp_path / "pack") == before
    fetch("bad_health", REFRESH=True)
    assert standin.asked()


def test_a_file_that_was_dropped_is_recognised(fetch, standin, tmp_path):
    """The page does not answer; the officer puts the census table of the same name into the folder."""
    standin.fail("404", "census2021-ts062")
    with pytest.raises(QgsProcessingException, match="has moved"):
        fetch("higher_managerial_occupations")
    dropped = tmp_path / "cache" / "dropped"
    dropped.mkdir()
    table = standin.tables["census_ts062"]
    header = ["Total: All usual residents aged 16 years and over", "L1, L2 and L3 Higher managerial occupations"]
    table[["residents_16plus", "nssec_1_higher_managerial"]].set_axis(header, axis=1).rename_axis(
        "2021 output area"
    ).to_csv(dropped / "census2021-ts062-oa.csv")
    result = fetch("higher_managerial_occupations")
    assert result["FETCHED"] == 1
    with Pack.open(result["OUTPUT"]) as pack:
        entry = pack.entries["higher_managerial_occupations"]
        got = pack.table(entry.file, entry.code, numbers=list(entry.numerator.columns))
        assert got.iloc[:, 0].tolist() == table["nssec_1_higher_managerial"].tolist()


# Which source each fault is tried at: one indicator of Nomis, of a file, of a page, of Explore education statistics.
WHERE = {"bad_health": "NM_2055_1", "crime_rank": "845345", "ks4_attainment": "b3e19901"}
PASSING = ("cut", "429", "500", "empty")


@pytest.mark.parametrize("indicator", WHERE)
@pytest.mark.parametrize("fault", [name for name in FAULTS if name != "refused"])
def test_a_fault_for_good_is_said_and_harms_no_pack(fetch, found, standin, tmp_path, fault, indicator):
    fetch("jobs_density")
    before = read(tmp_path / "pack")
    standin.fail(fault, WHERE[indicator], seconds=0.2)
    try:
        result = fetch(indicator, REFRESH=False)
    except QgsProcessingException as error:
        assert "Traceback" not in str(error) and "no indicator could be fetched; " in str(error)
        assert read(tmp_path / "pack") == before
    else:
        # The fault does not concern this kind of answer: then the table is whole.
        with Pack.open(result["OUTPUT"]) as pack:
            entry = pack.entries[indicator]
            table = pack.table(entry.file, entry.code)
            lacking = set(tiny.AREAS[entry.geography]) - set(table.index)
            assert len(lacking) <= max(one.fetch.gaps for one in found.values() if indicator in one.indicators)
    assert not list(tmp_path.glob(".hyperlocal-need-*"))


@pytest.mark.parametrize("fault", PASSING)
def test_a_fault_that_passes_is_got_over(fetch, standin, fault):
    standin.fail(fault, "NM_2055_1", times=1)
    assert fetch("bad_health")["FETCHED"] == 1


@pytest.mark.parametrize("cancel_at", [1, 3, 6, 10])
def test_a_cancel_leaves_the_pack_as_it_was_and_the_next_run_goes_on(fetch, standin, tmp_path, cancel_at):
    fetch("jobs_density")
    before = read(tmp_path / "pack")
    with pytest.raises(QgsProcessingException, match="Cancelled"):
        fetch("bad_health", Heard(cancel_at), REFRESH=True)
    assert read(tmp_path / "pack") == before
    assert fetch("bad_health")["FETCHED"] == 1


def test_a_key_goes_to_its_service_alone_and_into_no_file(fetch, standin, tmp_path):
    from qgis.core import QgsApplication, QgsAuthMethodConfig

    manager = QgsApplication.authManager()
    if manager.isDisabled() or not manager.setMasterPassword("tests", True):
        pytest.skip("QGIS has no authentication manager here")
    config = QgsAuthMethodConfig("Basic")
    config.setName("stat-xplore")
    config.setConfig("username", "key")
    config.setConfig("password", "a-key-of-ones-own")
    assert manager.storeAuthenticationConfig(config, True)[0]
    heard = Heard()
    result = fetch("uc_searching_for_work", heard, STATXPLORE=config.id())
    assert result["FETCHED"] >= 1
    sent = [one for one in standin.log if "apikey" in one.headers]
    assert sent and {one.host for one in sent} == {"stat-xplore.dwp.gov.uk"}
    files = {**read(tmp_path / "pack"), **read(tmp_path / "cache")}
    assert not [name for name, data in files.items() if b"a-key-of-ones-own" in data]
    assert not [text for text in (*heard.said, *heard.texts) if "a-key-of-ones-own" in text]


def test_looking_fetches_nothing_and_tells_what_each_source_says(fetch, standin, found, tmp_path):
    standin.fail("404", "census2021-ts062")
    looks = {one["recipe"]: one for one in json.loads(fetch(ONLY_LOOK=True)["SOURCES"])}
    assert set(looks) == set(found)
    assert looks["census_ts037"]["date"] == "2021" and looks["census_ts037"]["answer"] == "answers"
    assert int(looks["lookup_oa21"]["rows"]) >= 24
    assert looks["census_ts062"]["answer"] == "error 404"
    assert int(looks["census_ts067"]["size"]) > 0
    assert "has no address" in looks["ofsted"]["answer"]
    assert not (tmp_path / "pack").exists() and not list((tmp_path / "cache").iterdir())


@pytest.mark.parametrize(
    "area, neighbours, lsoas",
    [
        ("Alder", False, 4),
        ("E07000001", True, 8),
        ("south", False, 4),
        ("Alder; Cedar", False, 8),
        ("Alder, Cedar", False, 8),
    ],
)
def test_a_part_of_england(fetch, area, neighbours, lsoas):
    """Districts lie in a row, Alder, Birch's End and Cedar, of four LSOAs each; the third is the South alone."""
    result = fetch("bad_health,jobs_density,crime_rank", AREA=area, NEIGHBOURS=neighbours)
    with Pack.open(result["OUTPUT"]) as pack:
        assert len(pack.lookup("LSOA21")) == lsoas == len(pack.population())
        assert len(pack.lookup("OA21")) == 2 * lsoas
        layer = QgsVectorLayer(f"{pack.folder}/boundaries.gpkg|layername=LSOA21", "l", "ogr")
        assert layer.featureCount() == lsoas
        del layer


def test_an_unknown_area_is_named(fetch):
    with pytest.raises(QgsProcessingException, match="AREA: 'Atlantis' is the name or code of no district or region"):
        fetch("bad_health", AREA="Atlantis")


def test_another_folder_is_not_written_to(fetch, tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "letter.txt").write_text("mine")
    with pytest.raises(QgsProcessingException, match="holds other files"):
        fetch("bad_health")


def test_the_stand_in_is_on_this_computer_alone(fetch):
    with pytest.raises(QgsProcessingException, match="BASE: .* is no address on this computer"):
        fetch("bad_health", BASE="http://example.org")
