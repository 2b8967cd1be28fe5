"""The stand-in for the publishers' services answers as they do: caps, pages, areas of Wales, and faults on demand."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import zipfile
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

import pandas as pd
import pytest
import standin_tiny as tiny
from standin import KEY, StandIn


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return tiny.write_recipes(tmp_path_factory.mktemp("recipes"))


@pytest.fixture
def standin(found):
    with StandIn(found, tiny.tables(found), tiny.shapes) as running:
        yield running


def get(standin, https, body=None, **headers):
    with urlopen(Request(standin.address(https), body, headers), timeout=10) as reply:
        return reply.read()


def nomis(standin, recipe, offset=0):
    asked = recipe.fetch.parameters
    query = {"geography": asked["geography"], "date": asked["date"], **asked["dimensions"], "measures": "20100"}
    query["select"] = ",".join(["date_name", "geography_code", *asked["dimensions"], "obs_value"])
    query.update(RecordLimit="25000", RecordOffset=offset)
    address = f"https://www.nomisweb.co.uk/api/v01/dataset/{asked['dataset']}.data.csv?{urlencode(query)}"
    return pd.read_csv(io.BytesIO(get(standin, address)), dtype=str)


def test_every_recipe_that_can_be_fetched_has_figures(found, standin):
    wanted = {name for name, one in found.items() if one.fetch.kind != "manual"}
    assert wanted <= set(standin.tables)


def test_nomis_gives_areas_of_england_and_wales_by_category(found, standin):
    recipe = found["census_ts037"]
    page = nomis(standin, recipe)
    assert list(page) == ["DATE_NAME", "GEOGRAPHY_CODE", "C2021_HEALTH_6", "OBS_VALUE"]
    assert len(page) == (24 + 2) * 3 and page["GEOGRAPHY_CODE"].str.startswith("W").sum() == 6
    table = standin.tables["census_ts037"]
    bad = page[page["C2021_HEALTH_6"] == "4"].set_index("GEOGRAPHY_CODE")["OBS_VALUE"].astype(float)
    assert (bad.reindex(table.index) == table["bad_health"]).all()


def test_nomis_stops_at_25_000_rows_without_a_word(found, standin):
    codes = [f"E00{place:06d}" for place in range(9_000)]
    column = found["census_ts037"].columns
    standin.tables["census_ts037"] = pd.DataFrame({name: range(9_000) for name in column}, index=codes, dtype=float)
    first = nomis(standin, found["census_ts037"])
    second = nomis(standin, found["census_ts037"], 25_000)
    assert len(first) == 25_000 and len(second) == 2_000
    assert second["GEOGRAPHY_CODE"].iloc[-1] == codes[-1]


def test_arcgis_says_that_there_is_more(found, standin):
    codes = [f"E01{place:06d}" for place in range(2_500)]
    table = pd.DataFrame({"LSOA21CD": codes, "WD24CD": codes, "WD24NM": "Ward"}, index=codes)
    standin.tables["lookup_lsoa21_wd24"] = table
    service = "https://services1.arcgis.com/ESMARspQHYMw9BZ9/arcgis/rest/services/LSOA21_WD24_LAD24_EW_LU/FeatureServer"
    address = f"{service}/0/query?where=1=1&outFields=LSOA21CD,WD24CD&f=json&resultRecordCount=2000&resultOffset="
    first, second = (json.loads(get(standin, address + offset)) for offset in ("0", "2000"))
    assert len(first["features"]) == 2_000 and first["exceededTransferLimit"] is True
    assert len(second["features"]) == 500 and "exceededTransferLimit" not in second


def test_gov_uk_names_the_file_and_serves_it_as_published(standin):
    page = json.loads(
        get(standin, "https://www.gov.uk/api/content/government/publications/transport-connectivity-metric")
    )
    named = {one["filename"]: one["url"] for one in page["details"]["attachments"]}
    file = zipfile.ZipFile(io.BytesIO(get(standin, named["connectivity_metrics_2025.ods"])))
    text = file.read("content.xml").decode()
    assert 'table:name="LSOA"' in text and "Employment (overall)" in text


def test_the_ons_links_to_each_edition(found, standin):
    page = get(standin, "https://www.ons.gov.uk/" + found["small_area_income"].fetch.parameters["page"]).decode()
    for edition in ("financialyearending2023/datasetfinal.xlsx", "financialyearending2020/saiefy1920final"):
        assert edition in page
    address = found["small_area_income_2020"].fetch.parameters["address"]
    assert zipfile.is_zipfile(io.BytesIO(get(standin, address)))


def test_explore_education_statistics_speaks_in_ids_of_its_own(found, standin):
    address = "https://api.education.gov.uk/statistics/v1/data-sets/{}/".format(
        found["key_stage_4"].fetch.parameters["dataset"]
    )
    meta = json.loads(get(standin, address + "meta"))
    wanted = next(one["id"] for one in meta["indicators"] if one["column"] == "avg_p8score")
    total = next(one["id"] for one in meta["filters"][0]["options"] if one["label"] == "Total")
    body = {"criteria": {"and": [{"filters": {"eq": total}}]}, "indicators": [wanted], "page": 2, "pageSize": 1}
    answer = json.loads(get(standin, address + "query", json.dumps(body).encode()))
    assert answer["paging"] == {"page": 2, "pageSize": 1, "totalResults": 2, "totalPages": 2}
    assert list(answer["results"][0]["values"]) == [wanted]


def test_fingertips_gives_sexes_limits_and_an_earlier_period(found, standin):
    address = "https://fingertips.phe.org.uk/api/all_data/csv/by_indicator_id?indicator_ids=93283"
    table = pd.read_csv(io.BytesIO(get(standin, address)), encoding="utf-8-sig")
    assert set(table["Sex"]) == {"Male", "Female"} and table["Time period"].nunique() == 2
    assert (table["Area Code"] == "E92000001").sum() == 4
    assert table[table["Area Code"].str.startswith("E02")]["Lower CI 95.0 limit"].notna().all()


def test_stat_xplore_wants_a_key_and_counts_by_area_and_group(found, standin):
    known = found["universal_credit"].fetch.parameters
    address = "https://stat-xplore.dwp.gov.uk/webapi/rest/v1/"
    with pytest.raises(OSError, match="401"):
        get(standin, address + "table", b"{}")
    schema = json.loads(get(standin, address + "schema/" + known["geography_field"], APIKey=KEY))
    valueset = next(one["id"] for one in schema["children"] if one["label"] == "Lower Layer Super Output Areas")
    dimensions = [[valueset], [known["date_field"]], [known["field"]]]
    recodes = {known["date_field"]: {"map": [[known["date"]]], "total": False}}
    body = {"database": known["database"], "measures": [known["measure"]], "dimensions": dimensions, "recodes": recodes}
    answer = json.loads(get(standin, address + "table", json.dumps(body).encode(), APIKey=KEY))
    values = answer["cubes"][known["measure"]]["values"]
    assert [values[0][0][group] for group in range(4)] == list(standin.tables["universal_credit"].iloc[0])
    assert answer["fields"][0]["items"][0]["uris"][0].endswith(":E01000001")


def test_postcodes_come_of_all_countries(found, standin):
    file = zipfile.ZipFile(io.BytesIO(get(standin, found["postcodes"].fetch.parameters["address"])))
    table = pd.read_csv(file.open("Data/ONSPD_MAY_2026_UK.csv"), dtype=str)
    assert len(table) == found["postcodes"].fetch.rows and table["doterm"].notna().sum() == 24


def raw(standin, https, **headers):
    """Status, headers and body, however broken; no redirect is followed."""
    address = urlsplit(standin.address(https))
    line = http.client.HTTPConnection(address.hostname, address.port, timeout=3)
    line.request("GET", f"{address.path}?{address.query}", headers=headers)
    reply = line.getresponse()
    try:
        return reply.status, dict(reply.getheaders()), reply.read()
    except http.client.IncompleteRead as short:
        return reply.status, dict(reply.getheaders()), short.partial


FILE = "https://github.com/creds2/CarbonCalculator/releases/download/1.0/PBCC_LSOA_data.zip"


@pytest.mark.parametrize(
    "name, status, told",
    [
        ("404", 404, ""),
        ("500", 500, ""),
        ("429", 429, "Retry-After"),
        ("moved", 302, "Location"),
        ("to_http", 302, "Location"),
        ("to_file", 302, "Location"),
        ("login", 200, "Content-Type"),
        ("type", 200, "Content-Type"),
        ("empty", 200, ""),
    ],
)
def test_faults_of_the_way(standin, name, status, told):
    standin.fail(name, times=1)
    before = raw(standin, FILE)
    assert before[0] == status and (not told or told in before[1])
    assert raw(standin, FILE)[0] == 200


def test_an_answer_cut_short_can_be_gone_on_from(standin):
    whole = raw(standin, FILE)
    standin.fail("cut", times=1)
    cut = raw(standin, FILE)
    assert len(cut[2]) == len(whole[2]) // 2 and cut[1]["Content-Length"] == str(len(whole[2]))
    rest = raw(standin, FILE, **{"Range": f"bytes={len(cut[2])}-", "If-Range": whole[1]["ETag"]})
    assert rest[0] == 206 and cut[2] + rest[2] == whole[2]


def test_a_bomb_unfolds_to_a_gigabyte(standin):
    standin.fail("bomb")
    packed = raw(standin, FILE)[2]
    assert len(packed) < 2e6
    assert len(gzip.decompress(packed[: len(packed) // 64])) == 1 << 24


@pytest.mark.parametrize("name", ["short", "vintage", "twice"])
def test_faults_of_the_figures_leave_a_table_well_formed(standin, name):
    def codes():
        file = zipfile.ZipFile(io.BytesIO(get(standin, FILE)))
        return list(pd.read_csv(file.open("PBCC_LSOA_data.csv"))["LSOA11"])

    good = codes()
    standin.fail(name)
    bad = codes()
    assert bad != good
    assert {"short": len(bad) < len(good), "vintage": len(bad) == len(good), "twice": len(set(bad)) < len(bad)}[name]
