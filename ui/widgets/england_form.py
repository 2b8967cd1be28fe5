"""Get England: which sources to fetch, how large they are and under which licence, and where the pack goes."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any, Dict, Iterator, List

from qgis.gui import QgsAuthConfigSelect
from qgis.PyQt.QtCore import QSignalBlocker, Qt
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .declared import make
from .parts import fill, form, narrow, row, split

_HEADINGS = ("Source", "MB", "How it comes")
_WIDTHS = (400, 50, 200)


class EnglandForm(QDialog):
    """The list of sources with their indicators; ``parameters`` are those of the algorithm ``fetchsources``."""

    def __init__(self, parent: QWidget, recipes: Any, folder: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get England's figures")
        self.resize(760, 620)
        self._recipes = recipes
        make(self, "england_form")
        self.sources = QTreeWidget()
        self.sources.setHeaderLabels(_HEADINGS)
        self.sources.setRootIsDecorated(False)
        self.sources.setAccessibleName("Sources to fetch")
        for place, width in enumerate(_WIDTHS):
            self.sources.setColumnWidth(place, width)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.get = self.buttons.addButton("&Get them", QDialogButtonBox.ButtonRole.AcceptRole)
        lists, choices = split(self.sources, self.details, (260, 120)), self._build_choices(folder)
        below = (self.size, choices, self.fault, row(self.look), self.buttons)
        fill(QVBoxLayout(self), self.first, (lists, 1), *below)
        self.only_look = False
        self._fill()
        self._connect()

    def _build_choices(self, folder: str) -> QFormLayout:
        self.folder.setFilePath(folder)
        self.key = QgsAuthConfigSelect()
        self.key.setToolTip("A configuration in QGIS's authentication manager; without one its sources are left out")
        chooser = narrow(self.key.findChild(QComboBox))
        self.key.setFocusProxy(chooser)
        chooser.setAccessibleName("Key for Stat-Xplore")
        choices = form(("&Folder of the pack", self.folder), ("&Key for Stat-Xplore", self.key))
        choices.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        return choices

    def _connect(self) -> None:
        self.sources.itemChanged.connect(lambda *_: self._sum_up())
        self.sources.currentItemChanged.connect(lambda item, _: self._describe(item))
        self.key.selectedConfigIdChanged.connect(lambda _: self._mark())
        self.folder.fileChanged.connect(lambda _: self._sum_up())
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.look.clicked.connect(self._look)

    def parameters(self) -> Dict[str, Any]:
        """What was chosen."""
        chosen = [name for recipe in self._chosen() for name in recipe.indicators]
        return {
            "INDICATORS": ",".join(chosen),
            "STATXPLORE": self.key.configId(),
            "ONLY_LOOK": self.only_look,
            "OUTPUT": self.folder.filePath(),
        }

    def _look(self) -> None:
        self.only_look = True
        self.accept()

    def _items(self) -> Iterator[QTreeWidgetItem]:
        return map(self.sources.topLevelItem, range(self.sources.topLevelItemCount()))

    def _recipe(self, item: QTreeWidgetItem) -> Any:
        return self._recipes[item.data(0, Qt.ItemDataRole.UserRole)]

    def _fill(self) -> None:
        """A row for each source of indicators, by title."""
        stand_ins = {recipe.fetch.instead for recipe in self._recipes.values()}
        for recipe in sorted(self._recipes.values(), key=lambda one: one.title):
            if recipe.gives != "indicators" or not recipe.indicators or recipe.id in stand_ins:
                continue
            item = QTreeWidgetItem([recipe.title, f"{recipe.fetch.megabytes:g}" if recipe.fetch.megabytes else ""])
            item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
            item.setData(0, Qt.ItemDataRole.UserRole, recipe.id)
            item.setToolTip(0, recipe.title)
            self.sources.addTopLevelItem(item)
        self._mark()

    def _mark(self) -> None:
        """How each source comes now; one whose way has changed is chosen anew, and what nothing can fetch is not."""
        with QSignalBlocker(self.sources):
            for item in self._items():
                recipe = self._recipe(item)
                hindered = self._how(recipe)
                how = hindered or "fetched"
                if item.text(2) != how:
                    item.setText(2, how)
                    item.setToolTip(2, how)
                    usable = not hindered or bool(recipe.fetch.instead)
                    item.setCheckState(0, Qt.CheckState.Checked if usable else Qt.CheckState.Unchecked)
        self._sum_up()

    def _how(self, recipe: Any) -> str:
        """Why a source is not fetched as it is; '' where it is."""
        words = ""
        if recipe.fetch.kind == "manual":
            words = "by hand"
        elif recipe.fetch.kind == "statxplore" and not self.key.configId():
            words = "needs a key"
        if words and recipe.fetch.instead:
            words += f"; else {self._recipes[recipe.fetch.instead].title}"
        return words

    def _describe(self, item: QTreeWidgetItem) -> None:
        """All that there is to know of a source before it is fetched."""
        recipe = self._recipe(item)
        page = html.escape(recipe.page or "")
        lines = {
            "Publisher": html.escape(recipe.publisher),
            "Date": html.escape(recipe.fetch.date),
            "Licence": html.escape(recipe.licence),
            "Comes": html.escape(item.text(2)),
            "Address": html.escape(recipe.fetch.known),
            "Page": f'<a href="{page}">{page}</a>' if page else html.escape(recipe.page_note),
            "Indicators": html.escape(", ".join(recipe.indicators)),
        }
        told = "<br>".join(f"{heading}: {text}" for heading, text in lines.items() if text)
        self.details.setHtml(f"<b>{html.escape(recipe.title)}</b><br>{told}")

    def _chosen(self) -> List[Any]:
        return [self._recipe(item) for item in self._items() if item.checkState(0) == Qt.CheckState.Checked]

    def _sum_up(self) -> None:
        """How much there is to fetch, and what is lacking before it can begin."""
        geography = sum(one.fetch.megabytes for one in self._recipes.values() if one.gives != "indicators")
        chosen = self._chosen()
        total = geography + sum(recipe.fetch.megabytes for recipe in chosen)
        licences = sorted({recipe.licence for recipe in chosen}, key=lambda one: (not one.startswith("Open"), one))
        self.size.setText(
            f"About {total:,.0f} MB with boundaries, lookups and postcodes, less what is there already. "
            f"Licences: {'; '.join(licences)}."
        )
        folder = self.folder.filePath()
        told = "" if folder and Path(folder).is_absolute() else "Choose a folder for the pack."
        self.fault.say(told or ("" if chosen else "Choose a source."), "info")
        self.get.setEnabled(bool(folder and chosen))
        self.look.setEnabled(bool(folder))
