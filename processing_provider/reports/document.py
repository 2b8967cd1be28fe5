"""The report for one area as a document to edit (ODT), by Qt's own writer: Word and LibreOffice open it."""

from __future__ import annotations

import base64
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Mapping

from qgis.PyQt.QtCore import QBuffer, Qt, QUrl
from qgis.PyQt.QtGui import QImage, QImageReader, QTextDocument, QTextDocumentWriter
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from ...core.errors import NeedError
from . import report

TEMPLATE = "area_document.html.j2"
# A map with its words fits under the key figures of a first page; a chart goes across a page.
WIDTHS = {"maps": 340, "charts": 600}


def write_document(content: Mapping[str, Any], path: Path) -> None:
    """Write the content of an area's report to ``path``, which the caller moves into place.

    Tables are tables, headings headings, and pictures stand in the file with their description. NeedError where it
    cannot be written.
    """
    document = QTextDocument()
    shown: Dict[str, List[Dict[str, Any]]] = {kind: [] for kind in WIDTHS}
    for kind, width in WIDTHS.items():
        for number, one in enumerate(content[kind], 1):
            name, image = f"{kind}{number}.png", _picture(one["address"], width)
            document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
            height = round(width * image.height() / max(image.width(), 1))
            shown[kind].append({"name": name, "width": width, "height": height, "words": one["words"]})
    document.setHtml(report.render(TEMPLATE, {**content, **shown}))
    if not QTextDocumentWriter(str(path), b"ODF").write(document):
        raise NeedError(f"{path}: the document cannot be written; is the disk full?")
    _mark(path, _headings(document), {one["name"]: one["words"] for kind in shown.values() for one in kind})


def _picture(address: str, width: int) -> QImage:
    """The picture in a ``data:`` address; a drawing (SVG) with twice the pixels that it is shown with."""
    data = QBuffer()
    data.setData(base64.b64decode(address.partition(",")[2]))
    reader = QImageReader(data)
    if address.startswith("data:image/svg"):
        reader.setScaledSize(reader.size().scaled(2 * width, 4 * width, Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


def _headings(document: QTextDocument) -> Mapping[str, int]:
    """The level of each heading, by its text."""
    found, block = {}, document.begin()
    while block.isValid():
        if block.blockFormat().headingLevel():
            found[block.text()] = block.blockFormat().headingLevel()
        block = block.next()
    return found


def _mark(path: Path, levels: Mapping[str, int], pictures: Mapping[str, str]) -> None:
    """Headings, which Qt writes as paragraphs, and the words for pictures, which it leaves out, for screen readers."""
    with zipfile.ZipFile(path) as archive:
        files = {one: archive.read(one) for one in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for one, data in files.items():
            archive.writestr(one, _marked(data, levels, pictures) if one.filename == "content.xml" else data)


def _marked(data: bytes, levels: Mapping[str, int], pictures: Mapping[str, str]) -> bytes:
    content = QDomDocument()
    content.setContent(data)
    kept = set()
    for paragraph in _elements(content, "text:p"):
        level = levels.get(paragraph.text().strip())
        # A picture stays with its words as a heading does; an area's name also heads its column of a table.
        if level and paragraph.parentNode().nodeName() != "table:table-cell":
            paragraph.setTagName("text:h")
            paragraph.setAttribute("text:outline-level", str(level))
        if paragraph.tagName() == "text:h" or paragraph.elementsByTagName("draw:frame").count():
            kept.add(paragraph.attribute("text:style-name"))
    for style in _elements(content, "style:style"):
        if style.attribute("style:name") in kept:
            style.firstChildElement().setAttribute("fo:keep-with-next", "always")
    for column in _elements(content, "style:table-column-properties"):
        # Qt gives a part of the whole where the format has a length; LibreOffice counts parts of 65,535.
        part = float(column.attribute("style:column-width").rstrip("%"))
        column.setAttribute("style:rel-column-width", f"{round(655.35 * part)}*")
        column.removeAttribute("style:column-width")
    for table in _elements(content, "table:table"):
        first, head = table.firstChildElement("table:table-row"), content.createElement("table:table-header-rows")
        table.insertBefore(head, first)
        head.appendChild(first)
    for frame in _elements(content, "draw:frame"):
        words = content.createElement("svg:desc")
        words.appendChild(content.createTextNode(pictures[frame.attribute("draw:name")]))
        frame.appendChild(words)
    for bullet in _elements(content, "style:list-level-properties"):
        bullet.setAttribute("text:min-label-width", "4mm")
    return bytes(content.toByteArray(-1))


def _elements(content: QDomDocument, name: str) -> List[QDomElement]:
    found = content.elementsByTagName(name)
    return [found.at(place).toElement() for place in range(found.count())]
