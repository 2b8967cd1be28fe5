"""Small .xlsx and .ods files put together by hand, so that every byte of them can be wrong on purpose."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STYLES = (
    f'{HEAD}<styleSheet {MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="dd\\/mm\\/yyyy"/></numFmts>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


def letters(place):
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def sheet_xml(rows, texts):
    """A sheet of rows: numbers as numbers, texts shared, '' left out."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for place, cell in enumerate(row):
            address = f"{letters(place)}{number}"
            if isinstance(cell, str) and cell:
                cells.append(f'<c r="{address}" t="s"><v>{texts.setdefault(cell, len(texts))}</v></c>')
            elif cell != "":
                cells.append(f'<c r="{address}"><v>{cell!r}</v></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f"{HEAD}<worksheet {MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def write_xlsx(path, sheets, extra=None):
    """A workbook of sheets, each rows or ready XML; ``extra`` adds or replaces members."""
    texts = {}
    parts = {
        f"xl/worksheets/sheet{number}.xml": content if isinstance(content, str) else sheet_xml(content, texts)
        for number, content in enumerate(sheets.values(), start=1)
    }
    names = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(sheets) + 1)
    )
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    members = {
        "[Content_Types].xml": f"{HEAD}<Types/>",
        "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{RELATIONS}"><sheets>{names}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"{HEAD}<Relationships>{relations}</Relationships>",
        "xl/sharedStrings.xml": f"{HEAD}<sst {MAIN}>{shared}</sst>",
        "xl/styles.xml": STYLES,
        **parts,
        **(extra or {}),
    }
    return write_zip(path, members)


def write_ods(path, content):
    """A spreadsheet whose tables are the given XML."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    body = f"<office:body><office:spreadsheet>{content}</office:spreadsheet></office:body>"
    return write_zip(path, {"content.xml": f"{HEAD}<office:document-content {spaces}>{body}</office:document-content>"})


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return Path(path)
