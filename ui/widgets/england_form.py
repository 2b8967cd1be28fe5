"""Get England: which sources to fetch, how large they are and under which licence, and where the pack goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from qgis.gui import QgsAuthConfigSelect, QgsFileWidget
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .parts import Notice, text_label

_HEADINGS = ("Source", "MB", "Publisher", "Date", "Licence", "How it comes")
_WIDTHS = (300, 50, 190, 90, 170, 220)
# Boundaries, lookups, population and postcodes come with every pack.
_FIRST = (
    "Figures come from the publishers' own servers, through QGIS's network. Only whole tables are taken; what fails is "
    "listed with its page, and can be put into the folder for what is fetched by hand."
)


class EnglandForm(QDialog):
    """The list of sources with their indicators; ``parameters`` are those of the algorithm ``fetchsources``."""

    def __init__(self, parent: QWidget, recipes: Any, folder: str) -> None:
        super().__init__(parent)
        self.setWindowTitle("Get England's figures")
        self.setMinimumSize(760, 560)
        self._recipes = recipes
        layout = QVBoxLayout(self)
        layout.addWidget(text_label(_FIRST))
        self.sources = QTreeWidget()
        self.sources.setHeaderLabels(_HEADINGS)
        self.sources.setRootIsDecorated(False)
        self.sources.setAccessibleName("Sources to fetch")
        for place, width in enumerate(_WIDTHS):
            self.sources.setColumnWidth(place, width)
        layout.addWidget(self.sources, 1)
        self.size = text_label()
        layout.addWidget(self.size)
        form = QFormLayout()
        self.folder = QgsFileWidget()
        self.folder.setStorageMode(QgsFileWidget.StorageMode.GetDirectory)
        self.folder.setDialogTitle("Choose a folder for the data pack: an empty one, or that of an earlier pack")
        self.folder.setFilePath(folder)
        self.key = QgsAuthConfigSelect()
        form.addRow("&Folder of the pack", self.folder)
        form.addRow("&Key for Stat-Xplore", self.key)
        layout.addLayout(form)
        self.fault = Notice()
        layout.addWidget(self.fault)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        roles = QDialogButtonBox.ButtonRole
        self.get = self.buttons.addButton("&Get them", roles.AcceptRole)
        self.look = self.buttons.addButton("What is &newer?", roles.ActionRole)
        self.look.setToolTip("Asks each source for its date, size and rows, and fetches nothing")
        layout.addWidget(self.buttons)
        self.only_look = False
        self._fill()
        self.sources.itemChanged.connect(lambda *_: self._sum_up())
        self.key.selectedConfigIdChanged.connect(lambda _: self._fill())
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

    def _fill(self) -> None:
        """A row for each source of indicators; those that nothing can fetch now are shown, and not chosen."""
        self.sources.blockSignals(True)
        self.sources.clear()
        stand_ins = {recipe.fetch.instead for recipe in self._recipes.values()}
        for recipe in self._recipes.values():
            if recipe.gives != "indicators" or not recipe.indicators or recipe.id in stand_ins:
                continue
            how = self._how(recipe)
            size = f"{recipe.fetch.megabytes:g}" if recipe.fetch.megabytes else ""
            texts = [recipe.title, size, recipe.publisher, recipe.fetch.date, recipe.licence, how or "fetched"]
            item = QTreeWidgetItem(texts)
            item.setToolTip(0, ", ".join(recipe.indicators))
            item.setData(0, Qt.ItemDataRole.UserRole, recipe.id)
            other = bool(recipe.fetch.instead)
            item.setCheckState(0, Qt.CheckState.Checked if not how or other else Qt.CheckState.Unchecked)
            self.sources.addTopLevelItem(item)
        self.sources.blockSignals(False)
        self._sum_up()

    def _how(self, recipe: Any) -> str:
        """Why a source is not fetched as it is; '' where it is."""
        words = ""
        if recipe.fetch.kind == "manual":
            words = "to be dropped by hand"
        elif recipe.fetch.kind == "statxplore" and not self.key.configId():
            words = "needs a key"
        if words and recipe.fetch.instead:
            words += f"; else {self._recipes[recipe.fetch.instead].title}"
        return words

    def _chosen(self) -> list:
        items = (self.sources.topLevelItem(place) for place in range(self.sources.topLevelItemCount()))
        kept = [item for item in items if item.checkState(0) == Qt.CheckState.Checked]
        return [self._recipes[item.data(0, Qt.ItemDataRole.UserRole)] for item in kept]

    def _sum_up(self) -> None:
        """How much there is to fetch, and what is lacking before it can begin."""
        geography = sum(one.fetch.megabytes for one in self._recipes.values() if one.gives != "indicators")
        chosen = self._chosen()
        total = geography + sum(recipe.fetch.megabytes for recipe in chosen)
        licences = sorted({recipe.licence for recipe in chosen})
        self.size.setText(
            f"About {total:,.0f} MB with boundaries, lookups and postcodes, less what is there already. "
            f"Licences: {'; '.join(licences)}."
        )
        folder = self.folder.filePath()
        told = "" if folder and Path(folder).is_absolute() else "Choose a folder for the pack."
        self.fault.say(told or ("" if chosen else "Choose a source."), "info")
        self.get.setEnabled(bool(folder and chosen))
        self.look.setEnabled(bool(folder))
