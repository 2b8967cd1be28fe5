"""The files that publishers offer, put together from figures: banners, notes, other sheets, marks for gaps."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass, field
from typing import Callable, Dict, Iterator, List, Mapping, Sequence, Tuple
from xml.sax.saxutils import escape

import pandas as pd

Rows = List[List[object]]
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(frozen=True)
class Sheet:
    """A table in a file: what stands above it, its header of codes, and the header of each column of each recipe."""

    name: str
    above: Sequence[str]
    code: str
    titles: Mapping[str, Mapping[str, str]]
    gap: str = ""
    below: Sequence[str] = ()


@dataclass(frozen=True)
class PublishedFile:
    """A file: its name, how it is made (``xlsx``, ``ods``, ``csv``, ``zip`` of one CSV) and its sheets."""

    name: str
    form: str
    sheets: Tuple[Sheet, ...]
    title: str = ""
    member: str = ""
    encoding: str = "utf-8"
    others: Mapping[str, Rows] = field(default_factory=dict)

    @property
    def recipes(self) -> Tuple[str, ...]:
        """Whose figures it holds."""
        return tuple(name for sheet in self.sheets for name in sheet.titles)


LSOA_2021 = "LSOA code (2021)"
NOTES = {"Notes": [["Notes"], [], ["This workbook stands in for the published one in tests."]]}
CONTENTS = {"Contents": [["Contents"], [], ["Table of contents"]], **NOTES}


def _census(table: str, name: str, code: str = "geography code", **titles: str) -> PublishedFile:
    sheet = Sheet(table, (), code, {f"census_{table}": titles})
    return PublishedFile(f"census2021-{table}.zip", "zip", (sheet,), name, f"census2021-{table}-oa.csv")


FILES: Tuple[PublishedFile, ...] = (
    _census(
        "ts038",
        "Disability",
        residents="Disability: Total: All usual residents",
        limited_a_lot="Disability: Disabled under the Equality Act: Day-to-day activities limited a lot",
        limited_a_little="Disability: Disabled under the Equality Act: Day-to-day activities limited a little",
    ),
    _census(
        "ts062",
        "NS-SEC",
        residents_16plus="National Statistics Socio-economic Classification (NS-SEC): Total: "
        "All usual residents aged 16 years and over",
        nssec_1_higher_managerial="National Statistics Socio-economic Classification (NS-SEC): "
        "L1, L2 and L3 Higher managerial, administrative and professional occupations",
    ),
    _census(
        "ts067",
        "Qualifications",
        residents_16plus="Highest level of qualification: Total: All usual residents aged 16 years and over",
        no_qualifications="Highest level of qualification: No qualifications",
        level_3="Highest level of qualification: Level 3 qualifications",
        level_4_plus="Highest level of qualification: Level 4 qualifications or above",
    ),
    PublishedFile(
        "uksmallareagvaestimates1998to2023.xlsx",
        "xlsx",
        (
            Sheet(
                "Table 1",
                ("Table 1: Gross value added by lower layer super output area, England, pounds million",),
                "LSOA code",
                {"small_area_gva": {"gva_2012": "2012", "gva_2022": "2022", "gva_latest": "2022"}},
            ),
        ),
        others={"Information": [["Gross value added, current prices"]]},
    ),
    PublishedFile(
        "datasetfinal.xlsx",
        "xlsx",
        (
            Sheet(
                "Net income after housing costs",
                (
                    "Contents",
                    "Net annual household income (equivalised) after housing costs by middle layer super output area "
                    "(MSOA), England and Wales, financial year ending March 2023 (£)",
                    "",
                ),
                "MSOA code",
                {
                    "small_area_income": {
                        "net_income_after_housing_costs": "Net annual income after housing costs (£)",
                        "upper_limit": "Upper confidence limit (£)",
                        "lower_limit": "Lower confidence limit (£)",
                    }
                },
            ),
        ),
        others=CONTENTS,
    ),
    PublishedFile(
        "saiefy1920finalqaddownload280923.xlsx",
        "xlsx",
        (
            Sheet(
                "Net income after housing costs",
                (
                    "Contents",
                    "Net annual household income (equivalised) after housing costs by middle layer super output area "
                    "(MSOA), England and Wales, financial year ending March 2020 (£)",
                    "",
                ),
                "MSOA code",
                {
                    "small_area_income_2020": {
                        "net_income_after_housing_costs": "Net annual income after housing costs (£)",
                        "upper_limit": "Upper confidence limit (£)",
                        "lower_limit": "Lower confidence limit (£)",
                    }
                },
            ),
        ),
        others=CONTENTS,
    ),
    PublishedFile(
        "digitalpropensityindexlsoasv3.xlsx",
        "xlsx",
        (
            Sheet(
                "Digital Propensity Index",
                ("Digital Propensity Index for Census 2021 at LSOA level, England and Wales", ""),
                "LSOA code",
                {"digital_propensity": {"online_share_pct": "Digital Propensity Score"}},
            ),
        ),
        others=NOTES,
    ),
    PublishedFile(
        "childcareaccessibilityinengland.xlsx",
        "xlsx",
        (
            Sheet(
                "Childcare accessibility",
                ("Childcare accessibility by neighbourhood, England, 2023", ""),
                "LSOA21CD",
                {"childcare_access": {"childcare_accessibility": "Childcare accessibility"}},
            ),
        ),
        others=NOTES,
    ),
    PublishedFile(
        "fuel-poverty-sub-regional-2026-2024-data-tables.xlsx",
        "xlsx",
        (
            Sheet(
                "Table 4",
                ("Table 4: Fuel Poverty by LSOA [Notes 4 and 6], 2024", ""),
                "LSOA Code",
                {
                    "fuel_poverty": {
                        "households": "Number of households",
                        "households_fuel_poor": "Number of households in fuel poverty",
                    }
                },
            ),
        ),
        "Sub-regional fuel poverty 2026 (2024 data): data tables",
        others={
            "Title": [["Sub-regional fuel poverty"]],
            "Table 3": [
                ["Table 3: Fuel Poverty by local authority, 2024"],
                ["Code", "Number of households", "Number of households in fuel poverty"],
                *([f"E0900000{number}", "9000", "900"] for number in range(1, 10)),
            ],
            **CONTENTS,
        },
    ),
    PublishedFile(
        "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv",
        "csv",
        (
            Sheet(
                "",
                (),
                "LSOA code (2011)",
                {
                    "iod2019": {
                        "crime_rank": "Crime Rank (where 1 is most deprived)",
                        "children_young_people_rank": "Children and Young People Sub-domain Rank "
                        "(where 1 is most deprived)",
                    }
                },
            ),
        ),
    ),
    PublishedFile(
        "File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators.csv",
        "csv",
        (
            Sheet(
                "",
                (),
                LSOA_2021,
                {
                    "iod2025_ranks": {
                        "crime_rank": "Crime Rank (where 1 is most deprived)",
                        "children_young_people_rank": "Children and Young People Sub-domain Rank "
                        "(where 1 is most deprived)",
                        "residents_18_66": "Working age population 18-66 (for use with Employment Deprivation Domain): "
                        "mid 2022",
                    }
                },
            ),
        ),
        "File 7: all ranks, scores, deciles and population denominators",
    ),
    PublishedFile(
        "File_8_IoD2025_Underlying_Indicators.xlsx",
        "xlsx",
        (
            Sheet(
                "IoD25 Employment Domain",
                (),
                LSOA_2021,
                {"iod2025_employment": {"employment_deprived": "Employment Domain numerator"}},
            ),
            Sheet(
                "IoD25 Barriers Domain",
                (),
                LSOA_2021,
                {
                    "iod2025_barriers": {
                        "broadband_deprivation_score": "Digital Connectivity (Broadband download and upload speeds)",
                        "patients_per_gp": "Patient-to-GP Ratio",
                    }
                },
            ),
            Sheet(
                "IoD25 Living Env Domain",
                (),
                LSOA_2021,
                {"iod2025_living": {"energy_performance_score": "Housing energy performance deprivation Score"}},
            ),
        ),
        "File 8: underlying indicators",
        others=NOTES,
    ),
    PublishedFile(
        "connectivity_metrics_2025.ods",
        "ods",
        (
            Sheet(
                "LSOA",
                ("Transport connectivity metric 2025, by LSOA", "Scores from 0 to 100"),
                "LSOA21CD",
                {"transport_connectivity": {"employment_overall": "Employment (overall)"}},
            ),
        ),
        "Connectivity metrics 2025",
        others={"Metadata": [["Experimental statistics"]]},
    ),
    PublishedFile(
        "PBCC_LSOA_data.zip",
        "zip",
        (Sheet("", (), "LSOA11", {"place_based_carbon": {"kgco2e_per_person": "total_kgco2e_percap"}}),),
        member="PBCC_LSOA_data.csv",
    ),
    *(
        PublishedFile(
            f"jts{number}.ods",
            "ods",
            (
                Sheet(
                    "2019",
                    (
                        "Journey time statistics, England: 2019",
                        f"Table JTS{number}",
                        f"Travel time, destination and origin indicators for {where} by Lower Super Output Area",
                        "",
                        "Minutes",
                        "",
                    ),
                    "LSOA_code",
                    {recipe: {recipe.replace("journey_times", "travel_time"): title}},
                ),
            ),
            others={"Metadata": [["Journey time statistics"], ["Statistical contacts"]]},
        )
        for number, where, recipe, title in (
            ("0505", "GPs", "journey_times_gp", "GPPTt"),
            ("0506", "hospitals", "journey_times_hospital", "HospPTt"),
        )
    ),
)


def make(file: PublishedFile, tables: Mapping[str, pd.DataFrame], keep: int = 0) -> bytes:
    """The file with the figures of the tables (by recipe: index area code); ``keep`` > 0: its first rows alone."""
    sheets = {sheet.name or "data": _rows(sheet, tables, keep) for sheet in file.sheets}
    writers: Dict[str, Callable[[], bytes]] = {
        "xlsx": lambda: xlsx({**file.others, **sheets}),
        "ods": lambda: ods({**file.others, **sheets}),
        "csv": lambda: text(next(iter(sheets.values()))).encode(file.encoding),
        "zip": lambda: zipped({file.member: text(next(iter(sheets.values()))).encode(file.encoding)}),
    }
    return writers[file.form]()


def _rows(sheet: Sheet, tables: Mapping[str, pd.DataFrame], keep: int) -> Rows:
    titles: Dict[str, pd.Series] = {}
    for recipe, headers in sheet.titles.items():
        for column, header in headers.items():
            if header not in titles:
                titles[header] = tables[recipe][column]
    joined = pd.DataFrame(titles).rename_axis(sheet.code)
    joined = joined.iloc[:keep] if keep else joined
    rows: Rows = [[line] if line else [] for line in sheet.above]
    rows.append([sheet.code, *joined.columns])
    rows += [[code, *_cells(values, sheet.gap)] for code, values in zip(joined.index, joined.to_numpy(dtype=float))]
    return rows + [[line] for line in sheet.below]


def _cells(values: Sequence[float], gap: str) -> Iterator[object]:
    """Whole numbers without a point; a gap as it is marked."""
    for value in values:
        yield gap if value != value else int(value) if value == int(value) else float(value)


def text(rows: Rows) -> str:
    """The rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    """A workbook: numbers as numbers, texts inline."""
    names = "".join(f'<sheet name="{escape(n)}" sheetId="{i}" r:id="rId{i}"/>' for i, n in enumerate(sheets, start=1))
    relations = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    members = {
        "[Content_Types].xml": f"{HEAD}<Types/>",
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{HEAD}<Relationships>{relations}</Relationships>",
    }
    for number, rows in enumerate(sheets.values(), start=1):
        body = "".join(f'<row r="{place}">{_xlsx_row(row, place)}</row>' for place, row in enumerate(rows, start=1))
        members[f"xl/worksheets/sheet{number}.xml"] = (
            f"{HEAD}<worksheet {MAIN}><sheetData>{body}</sheetData></worksheet>"
        )
    return zipped({name: data.encode() for name, data in members.items()})


def _xlsx_row(row: Sequence[object], number: int) -> str:
    cells = []
    for place, cell in enumerate(row):
        address = f"{chr(65 + place)}{number}"
        if isinstance(cell, str):
            if cell:
                cells.append(f'<c r="{address}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        else:
            cells.append(f'<c r="{address}"><v>{cell!r}</v></c>')
    return "".join(cells)


def ods(sheets: Mapping[str, Rows]) -> bytes:
    """A spreadsheet of OpenDocument."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    tables = "".join(
        f'<table:table table:name="{escape(name)}">{"".join(_ods_row(row) for row in rows)}</table:table>'
        for name, rows in sheets.items()
    )
    content = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    document = f"{HEAD}<office:document-content {spaces}>{content}</office:document-content>"
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": document.encode()})


def _ods_row(row: Sequence[object]) -> str:
    cells = []
    for cell in row:
        if isinstance(cell, str):
            cells.append(
                f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
                if cell
                else "<table:table-cell/>"
            )
        else:
            cells.append(
                f'<table:table-cell office:value-type="float" office:value="{cell!r}"><text:p>{cell!r}</text:p>'
                "</table:table-cell>"
            )
    return f"<table:table-row>{''.join(cells) or '<table:table-cell/>'}</table:table-row>"
