"""Each kind of service: what it is asked, page by page, and what is read from its answers."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest

from hyperlocal_need.core.sources import arcgis, nomis, statxplore
from hyperlocal_need.core.sources.asking import Cache, SourceError
from hyperlocal_need.core.sources.readers import READERS

from .fakes import FakeNetwork, made

OAS = [f"E0000000{number}" for number in range(1, 8)]


def read(recipe, answer, tmp_path):
    network = FakeNetwork(answer)
    return READERS[recipe.fetch.kind](recipe, Cache(tmp_path, network).get), network


class TestNomis:
    """Seven areas, three categories, pages of eight rows."""

    ROWS = [(oa, cell, str(10 * place + int(cell))) for place, oa in enumerate(OAS) for cell in "045"]

    @pytest.fixture(autouse=True)
    def short_pages(self, monkeypatch):
        monkeypatch.setattr(nomis, "MOST_ROWS", 8)

    def recipe(self, rows=7):
        parameters = {
            "dataset": "NM_1",
            "geography": "TYPE150",
            "date": "2021",
            "dimensions": {"c2021_health_6": "0,4,5"},
        }
        return made({"kind": "nomis", "parameters": parameters, "date": "2021", "rows": rows})

    def page(self, request):
        query = parse_qs(urlsplit(request.address).query)
        first = int(query["RecordOffset"][0])
        rows = self.ROWS[first : first + 8]
        head = '"DATE_NAME","GEOGRAPHY_CODE","C2021_HEALTH_6","OBS_VALUE"\n'
        return head + "".join(f'"2021","{oa}",{cell},{value}\n' for oa, cell, value in rows)

    def test_pages_become_one_wide_table(self, tmp_path):
        answer, network = read(self.recipe(), self.page, tmp_path)
        assert len(network.asked) == 3
        assert answer.date == "2021"
        assert answer.table.loc[OAS[3]].to_dict() == {"bad_health": 34.0, "very_bad_health": 35.0, "residents": 30.0}

    def test_a_table_of_england_s_size_comes_in_pages_of_25_000_rows(self, tmp_path, monkeypatch):
        """33,755 areas by three categories: five pages, the last of 1,265 rows, and every figure in its place."""
        monkeypatch.setattr(nomis, "MOST_ROWS", 25_000)
        areas = [f"E01{number:06d}" for number in range(1, 33_756)]
        rows = [f'"2021","{area}",{cell},{place + int(cell)}\n' for place, area in enumerate(areas) for cell in "045"]
        head = '"DATE_NAME","GEOGRAPHY_CODE","C2021_HEALTH_6","OBS_VALUE"\n'

        def page(request):
            query = parse_qs(urlsplit(request.address).query)
            first = int(query["RecordOffset"][0])
            return head + "".join(rows[first : first + 25_000])

        found, network = read(self.recipe(rows=33_755), page, tmp_path)
        offsets = [parse_qs(urlsplit(one.address).query)["RecordOffset"][0] for one in network.asked]
        assert offsets == ["0", "25000", "50000", "75000", "100000"]
        assert found.table.index.tolist() == areas
        assert found.table["residents"].tolist() == list(range(33_755))
        assert (found.table["very_bad_health"] - found.table["bad_health"]).eq(1).all()

    def test_without_an_expected_number_a_page_that_is_not_full_ends_it(self, tmp_path):
        assert len(read(self.recipe(rows=0), self.page, tmp_path)[0].table) == 7

    def test_a_page_that_comes_twice(self, tmp_path):
        def first_again(request):
            return self.page(type(request)(request.address.replace("RecordOffset=8", "RecordOffset=0")))

        with pytest.raises(SourceError, match="areas twice, such as E00000001; was a page repeated"):
            read(self.recipe(), first_again, tmp_path)

    def test_a_figure_that_is_none(self, tmp_path):
        with pytest.raises(SourceError, match="residents holds 'many', which is no number"):
            read(self.recipe(), lambda request: self.page(request).replace(",0,0\n", ",0,many\n"), tmp_path)

    def test_another_table(self, tmp_path):
        with pytest.raises(SourceError, match="no column 'date_name'; it has error"):
            read(self.recipe(), lambda request: "error\nno such dataset\n", tmp_path)


class TestArcGis:
    COLUMNS = {"OA21CD": {"unit": "code", "geography": "OA21"}, "LSOA21CD": {"unit": "code", "geography": "LSOA21"}}

    def recipe(self, geometry=False):
        parameters = {"service": "OA_LSOA", "fields": ["OA21CD", "LSOA21CD"], "page": 3, "geometry": geometry}
        return made({"kind": "arcgis", "parameters": parameters}, gives="lookup", columns=self.COLUMNS, indicators={})

    def page(self, request, inner="attributes"):
        query = parse_qs(urlsplit(request.address).query)
        first = int(query["resultOffset"][0])
        assert query["orderByFields"] == ["OA21CD,LSOA21CD"] and query["outSR"] == ["27700"]
        rows = [{inner: {"OA21CD": oa, "LSOA21CD": "E01000001"}} for oa in OAS[first : first + 3]]
        more = {"exceededTransferLimit": True} if first + 3 < len(OAS) else {}
        return json.dumps({"features": rows, **({"properties": more} if inner == "properties" else more)})

    def test_pages_until_there_is_no_more(self, tmp_path):
        answer, network = read(self.recipe(), self.page, tmp_path)
        assert len(network.asked) == 3 and list(answer.table["OA21CD"]) == OAS

    def test_geojson_says_so_among_the_properties(self, tmp_path):
        answer, _ = read(self.recipe(True), lambda request: self.page(request, "properties"), tmp_path)
        assert len(answer.pages) == 3 and len(answer.table) == 7

    def test_an_error_comes_with_status_200(self, tmp_path):
        with pytest.raises(SourceError, match="answers with an error \\(Invalid service"):
            read(self.recipe(), lambda request: '{"error": {"code": 400, "message": "Invalid service"}}', tmp_path)

    def test_a_page_that_comes_twice(self, tmp_path):
        def first_again(request):
            return self.page(type(request)(request.address.replace("resultOffset=3", "resultOffset=0")))

        with pytest.raises(SourceError, match="3 areas come twice"):
            read(self.recipe(), first_again, tmp_path)

    def test_a_page_cut_short_is_no_json(self, tmp_path):
        with pytest.raises(SourceError, match="is not JSON"):
            read(self.recipe(), lambda request: self.page(request)[:-4], tmp_path)

    def test_the_key_has_to_be_there(self):
        with pytest.raises(SourceError, match="columns: none holds the codes of OA21"):
            arcgis.key(made({"kind": "manual"}))


class TestPages:
    ATTACHMENTS = [
        {"title": "File 7 (2024)", "url": "https://assets.example.uk/1/file_7_2024.csv", "filename": "file_7_2024.csv"},
        {"title": "File 7 (2025)", "url": "https://assets.example.uk/2/file_7_2025.csv", "filename": "file_7_2025.csv"},
        {"title": "File 8 (2026)", "url": "https://assets.example.uk/3/file_8.csv", "filename": "file_8.csv"},
    ]

    def govuk(self, pattern, **more):
        return made({"kind": "govuk", "parameters": {"page": "government/x", "pattern": pattern, **more}})

    def answer(self, request):
        if request.host == "www.gov.uk":
            return json.dumps({"details": {"attachments": self.ATTACHMENTS}})
        return f"the file at {request.address}"

    def test_the_latest_attachment_that_fits(self, tmp_path):
        answer, _ = read(self.govuk("file 7"), self.answer, tmp_path)
        assert answer.name == "file_7_2025.csv" and answer.file.read_text().endswith("/2/file_7_2025.csv")

    def test_the_last_address_known_where_the_page_names_none(self, tmp_path):
        with pytest.raises(SourceError, match="no file on .*government/x fits 'file 9'"):
            read(self.govuk("file 9"), self.answer, tmp_path)
        known = self.govuk("file 9", address="https://assets.example.uk/old/file_9.csv")
        answer, _ = read(known, self.answer, tmp_path)
        assert answer.name == "file_9.csv" and "The last address known is asked" in answer.said[0]

    def test_an_attachment_elsewhere_than_on_https(self, tmp_path):
        with pytest.raises(SourceError, match="no https address"):
            read(self.govuk("x"), lambda request: '{"a": {"url": "file:///etc/x", "filename": "x"}}', tmp_path)

    def test_the_ons_links_its_files(self, tmp_path):
        recipe = made({"kind": "ons", "parameters": {"page": "/economy/x", "pattern": r"gva.*\.xlsx"}})
        page = '<html><a href="/file?uri=/economy/x/1998to2023/gva2023.xlsx">xlsx</a> <a href="/other">x</a>'
        answer, network = read(recipe, lambda request: page if request.holds == "html" else "bytes", tmp_path)
        assert network.asked[-1].address == "https://www.ons.gov.uk/file?uri=/economy/x/1998to2023/gva2023.xlsx"
        assert answer.name == "gva2023.xlsx"


class TestFingertips:
    COLUMNS = {
        "men": {"unit": "years", "where": {"Sex": "Male"}},
        "women": {"unit": "years", "where": {"Sex": "Female"}},
    }

    def test_one_period_of_whole_areas(self, tmp_path):
        head = "Indicator ID,Area Code,Sex,Category,Time period,Value"
        rows = ["1,E02000001,Male,,2019 - 23,79.5", "1,E02000001,Female,,2019 - 23,82.5"]
        rows += [
            "1,E02000001,Male,Most deprived,2019 - 23,1",
            "1,E02000001,Male,,2016 - 20,2",
            "1,E92000001,Male,,2019 - 23,3",
        ]
        fetch = {"indicators": "1", "child": 3, "parent": 15, "period": "2019 - 23"}
        indicators = {"men": {"value": "men"}}
        recipe = made(
            {"kind": "fingertips", "parameters": fetch, "geography": "MSOA21"},
            columns=self.COLUMNS,
            indicators=indicators,
        )
        answer, _ = read(recipe, lambda request: "\n".join([head, *rows]) + "\n", tmp_path)
        expected = pd.DataFrame({"men": [79.5], "women": [82.5]}, index=pd.Index(["E02000001"], name="code"))
        pd.testing.assert_frame_equal(answer.table, expected)


class TestStatXplore:
    """Three authorities of three areas each, of which no more than so many are given at once."""

    FIELD, MEASURE = "str:field:UC:F:COA_CODE", "str:count:UC:V"
    AREAS = [f"{name} 00{number}A" for name in ("York", "Ash", "Bath") for number in range(3)]
    NAMES = {f"E0100000{place}": name for place, name in enumerate(AREAS)}

    @pytest.fixture(autouse=True)
    def few_at_once(self, monkeypatch):
        monkeypatch.setattr(statxplore, "_AREAS_AT_ONCE", 6)

    def recipe(self):
        parameters = {
            "database": "str:database:UC",
            "measure": self.MEASURE,
            "geography_field": self.FIELD,
            "valueset": "LSOA",
            "date_field": "str:field:UC:D",
            "date": "str:value:UC:D:202403",
        }
        fetch = {"kind": "statxplore", "parameters": parameters, "date": "2024-03", "rows": 9, "geography": "LSOA21"}
        return made(fetch, columns={"people": {"unit": "people"}}, indicators={})

    def answer(self, most, names):
        def given(request):
            if "schema" in request.address:
                values = [{"id": f"v:{code}", "label": label} for code, label in [("W01000001", "Rhyl 001A"), *names]]
                sets = [{"id": "str:valueset:LSOA", "label": "LSOA", "type": "VALUESET"}]
                return json.dumps({"children": values if "valueset" in request.address else sets})
            body = json.loads(request.body)
            chosen = [one for (one,) in body["recodes"].get(self.FIELD, {"map": []})["map"]]
            if not chosen or len(chosen) > most:
                return 413, {}, "too large"
            self.parts.append([one[2:] for one in chosen])
            items = [[{"uris": [one]} for one in chosen], [{"uris": ["str:value:UC:D:202403"]}]]
            values = [[int(one[-2:])] for one in chosen]
            return json.dumps(
                {"fields": [{"items": one} for one in items], "cubes": {self.MEASURE: {"values": values}}}
            )

        self.parts = []
        return given

    @pytest.mark.parametrize(("most", "sizes"), [(6, [6, 3]), (5, [3, 3, 3])], ids=["several together", "each alone"])
    def test_refused_whole_it_is_asked_by_authority(self, tmp_path, most, sizes):
        found, network = read(self.recipe(), self.answer(most, list(self.NAMES.items())), tmp_path)
        assert found.table["people"].to_dict() == {code: int(code[-2:]) for code in self.NAMES}
        assert list(map(len, self.parts)) == sizes
        # Ash, Bath and York: no authority is torn apart, and Wales is not asked for.
        assert [self.NAMES[part[0]] for part in self.parts] == ["Ash 000A", *["Bath 000A"] * (most == 5), "York 000A"]
        assert any("Ash" in request.words for request in network.asked)

    def test_areas_without_a_name_go_by_their_codes(self, tmp_path):
        found, _ = read(self.recipe(), self.answer(6, [(code, code) for code in self.NAMES]), tmp_path)
        assert len(found.table) == 9 and list(map(len, self.parts)) == [6, 3]

    def test_an_authority_that_is_refused_alone_is_an_error(self, tmp_path):
        with pytest.raises(SourceError):
            read(self.recipe(), self.answer(2, list(self.NAMES.items())), tmp_path)


class TestEes:
    META = {
        "filters": [
            {"id": "f", "label": "Sex", "options": [{"id": "t", "label": "Total"}, {"id": "b", "label": "Boys"}]}
        ],
        "indicators": [{"id": "i1", "label": "Progress 8", "column": "avg_p8"}, {"id": "i2", "label": "Attainment 8"}],
        "locations": [
            {"level": {"code": "LA"}, "options": [{"id": "x", "code": "E06000001"}, {"id": "y", "code": "E06000002"}]}
        ],
    }

    def recipe(self, sex="Total"):
        fetch = {"dataset": "d", "level": "LA", "period": "2022/2023", "period_code": "AY", "filters": {"Sex": sex}}
        columns = {"p8": {"unit": "score", "where": {"indicator": "Progress 8"}}}
        return made(
            {"kind": "ees", "parameters": fetch, "geography": "UTLA23"},
            columns=columns,
            indicators={"p8": {"value": "p8"}},
        )

    def answer(self, request):
        if request.address.endswith("/meta"):
            return json.dumps(self.META)
        body = json.loads(request.body)
        assert {"filters": {"eq": "t"}} in body["criteria"]["and"] and body["indicators"] == ["i1"]
        place, value = (("x", "-0.46"), ("y", "z"))[body["page"] - 1]
        result = {"locations": {"LA": place}, "values": {"i1": value}}
        return json.dumps({"paging": {"totalPages": 2}, "results": [result]})

    def test_labels_become_ids_and_pages_one_table(self, tmp_path):
        answer, network = read(self.recipe(), self.answer, tmp_path)
        assert len(network.asked) == 3
        assert answer.table.loc["E06000001", "p8"] == -0.46 and answer.table["p8"].isna()["E06000002"]

    def test_an_unknown_label_is_named_beside_those_that_there_are(self, tmp_path):
        with pytest.raises(SourceError, match="'Girls' is the label of 0 entries.*Total, Boys"):
            read(self.recipe("Girls"), self.answer, tmp_path)
