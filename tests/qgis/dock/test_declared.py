"""What declared.json says of the dock's widgets: each kind and property is known, and each widget is used."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from qgis.core import QgsApplication
from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QLocale, QTranslator

from hyperlocal_need.tools import translations
from hyperlocal_need.ui.widgets import declared, parts

WIDGETS = parts.declared("widgets")
OURS = {"kind", "icon", "yielding", "folder"}


@pytest.mark.parametrize("page", WIDGETS)
def test_every_property_is_one_of_qts_and_is_set(qgis_app, page):
    owner = SimpleNamespace()
    declared.make(owner, page)
    for name, properties in WIDGETS[page].items():
        widget = getattr(owner, name)
        for one in set(properties) - OURS:
            inner = isinstance(widget, QgsFileWidget) and one in ("placeholderText", "accessibleName")
            holder = widget.lineEdit() if inner else widget
            assert holder.metaObject().indexOfProperty(one) >= 0, f"{page}.{name}: Qt has no property {one}"
            assert holder.property(one) == properties[one], f"{page}.{name}.{one}"


def test_no_widget_is_declared_for_nothing(repository):
    code = "".join(path.read_text(encoding="utf-8") for path in (repository / "ui").rglob("*.py"))
    unused = [f"{page}.{name}" for page, names in WIDGETS.items() for name in names if f"self.{name}" not in code]
    assert not unused, unused


class Shouting(QTranslator):
    """A language in which everything is shouted."""

    def translate(self, context, text, disambiguation=None, number=-1):
        return text.upper() if context == "declared" else ""


def test_words_go_through_qts_translation(qgis_app):
    language = Shouting()
    QgsApplication.installTranslator(language)
    try:
        owner = SimpleNamespace()
        declared.make(owner, "data")
    finally:
        QgsApplication.removeTranslator(language)
    assert owner.demonstrate.text() == WIDGETS["data"]["demonstrate"]["text"].upper()
    assert owner.filter.placeholderText() == "FILTER THE INDICATORS"


@pytest.mark.parametrize("path", sorted(translations.FOLDER.glob("*.ts")), ids=lambda path: path.stem)
def test_a_translation_lists_every_text_and_gives_what_it_says(qgis_app, path):
    """Run tools/translations.py after a text has changed. What nobody has translated stays English."""
    listed = translations.known(path)
    assert sorted(listed) == sorted(translations.texts())
    language = QTranslator()
    assert language.load(QLocale(path.stem.rpartition("_")[2]), "hyperlocal_need", "_", str(path.parent))
    said = {text: one.text or text for text, one in listed.items()}
    QgsApplication.installTranslator(language)
    try:
        given = {text: QgsApplication.translate(translations.CONTEXT, text) for text in said}
    finally:
        QgsApplication.removeTranslator(language)
    assert given == said and any(text != words for text, words in said.items())
