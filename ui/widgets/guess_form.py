"""The boxes in which every guess of an import can be overruled; empty boxes show what was found."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Tuple

from qgis.gui import QgsCheckableComboBox, QgsFileWidget
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLineEdit, QPushButton, QSpinBox, QWidget

from ...core import catalogue
from .parts import GAP, narrow, offer, yielding

STEP = "importpublished"
TEXTS = (
    ("CODE_COLUMN", "&Codes in"),
    ("NAME_COLUMN", "&Names in"),
    ("FILTER", "Only &rows"),
    ("ENCODING", "&Encoding"),
    ("SEPARATOR", "Se&parator"),
    ("WEIGHT", "A&verage rates by"),
)
SWITCHES = (("ADD_UP", "Add &up the rows of an area"), ("STORED_RESULTS", "Take stored results of &formulas"))
_OF_TEXT_FILES = ("ENCODING", "SEPARATOR")


class GuessForm(QWidget):
    """Sheet, header, columns, geography and the rest of ``importpublished``'s options; ``changed`` once one is set."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self._filling = False
        self._headers: List[Tuple[str, str]] = []
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(GAP)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._layout = form
        self._build_choices(form)
        self.texts: Dict[str, QLineEdit] = {}
        for name, label in TEXTS:
            self.texts[name] = QLineEdit()
            self._explain(self.texts[name], name)
            self.texts[name].editingFinished.connect(self._edited)
            form.addRow(label, self.texts[name])
        self.names = QgsFileWidget()
        self.names.setDialogTitle("Choose a table of the same areas that has codes and names")
        self.names.setToolTip("For a file that has names alone: any table of the same areas with codes and names")
        self.names.fileChanged.connect(self._edited)
        self.names.setFocusProxy(self.names.lineEdit())
        form.addRow("&Table of names", self.names)
        self.switches: Dict[str, QCheckBox] = {}
        for name, label in SWITCHES:
            self.switches[name] = QCheckBox(label)
            self._explain(self.switches[name], name)
            self.switches[name].clicked.connect(self._edited)
            form.addRow(self.switches[name])
        self.back = yielding(QPushButton("&Back to what was found"))
        self.back.clicked.connect(self.reset)
        form.addRow(self.back)
        self._settled = self.parameters()

    def _build_choices(self, form: QFormLayout) -> None:
        self.sheet, self.header, self.figures = QComboBox(), QSpinBox(), QgsCheckableComboBox()
        self.geography, self.decimal = QComboBox(), QComboBox()
        for combo, name in ((self.geography, "GEOGRAPHY"), (self.decimal, "DECIMAL")):
            option = catalogue.step(STEP).option(name)
            offer(combo, zip(option.choices, option.labels))
        self.header.setRange(0, 10_000)
        self.header.setKeyboardTracking(False)
        self.header.setSpecialValueText("Found by itself")
        self.figures.setDefaultText("All columns of figures")
        rows = (
            ("&Sheet", self.sheet, "SHEET"),
            ("&Header in row", self.header, "HEADER_ROW"),
            ("F&igures in", self.figures, "VALUE_COLUMNS"),
            ("&Geography", self.geography, "GEOGRAPHY"),
            ("&Decimal sign", self.decimal, "DECIMAL"),
        )
        for label, widget, name in rows:
            self._explain(widget, name)
            form.addRow(label, widget)
        for combo in (self.sheet, self.figures, self.geography, self.decimal):
            narrow(combo)
        for combo in (self.sheet, self.geography, self.decimal):
            combo.activated.connect(lambda _: self._edited())
        self.header.valueChanged.connect(lambda _: self._edited())
        self.figures.model().itemCheckStateChanged.connect(lambda _: self._edited())
        self._offer_sheets([])

    @staticmethod
    def _explain(widget: QWidget, name: str) -> None:
        option = catalogue.step(STEP).option(name)
        widget.setToolTip(f"{option.title}. {option.help}")
        widget.setAccessibleName(option.title)

    def _edited(self, *_: object) -> None:
        """Tell a change once: a box that is left as it was is none."""
        now = self.parameters()
        if not self._filling and now != self._settled:
            self._settled = now
            self.changed.emit()

    def parameters(self) -> Dict[str, Any]:
        """The options as the algorithm takes them."""
        given: Dict[str, Any] = {name: box.text().strip() for name, box in self.texts.items()}
        given.update({name: box.isChecked() for name, box in self.switches.items()})
        chosen = [self._headers[place] for place in self._checked()]
        sheets = list(dict.fromkeys(sheet for sheet, _ in chosen))
        given.update(
            SHEET=self.sheet.currentData() or (sheets[0] if len(sheets) == 1 else ""),
            HEADER_ROW=self.header.value(),
            VALUE_COLUMNS="; ".join(header for _, header in chosen),
            GEOGRAPHY=self.geography.currentData(),
            DECIMAL=self.decimal.currentData(),
        )
        if self.names.filePath():
            given["NAMES"] = self.names.filePath()
        return given

    def _checked(self) -> List[int]:
        return [
            place
            for place in range(self.figures.count())
            if self.figures.itemCheckState(place) == Qt.CheckState.Checked
        ]

    def reset(self) -> None:
        """Empty every box, and tell it where one was set."""
        self._quietly(self._empty)
        self._edited()

    def forget(self) -> None:
        """Empty every box for another file, and tell nobody."""
        self._quietly(self._empty)
        self._quietly(self._offer_sheets, [])
        self._quietly(self._offer_columns, [])
        self._settled = self.parameters()

    def _quietly(self, function: Callable[..., None], *arguments: Any) -> None:
        self._filling = True
        function(*arguments)
        self._filling = False

    def _empty(self) -> None:
        self.sheet.setCurrentIndex(0)
        self.header.setValue(0)
        self.geography.setCurrentIndex(0)
        self.decimal.setCurrentIndex(0)
        self.figures.deselectAllOptions()
        self.names.setFilePath("")
        for box in self.texts.values():
            box.clear()
        for box in self.switches.values():
            box.setChecked(False)

    def show_guesses(self, guesses: Mapping[str, Any]) -> None:
        """Show what was found in the boxes that are left to it; tells no change."""
        self._quietly(self._show, guesses)
        self._settled = self.parameters()

    def _show(self, guesses: Mapping[str, Any]) -> None:
        usable = [one for one in guesses.get("sheets", ()) if one["level"]]
        self._offer_sheets([(one["sheet"], f"{one['sheet']} ({one['level']})") for one in usable])
        joined = guesses.get("joined_sheets") or [guesses.get("sheet", "")]
        self.sheet.setItemText(0, f"Found: {', '.join(joined)}")
        rows = ", ".join(map(str, guesses.get("header_rows", ())))
        self.header.setSpecialValueText(f"Found: {rows or 'none'}")
        self.geography.setItemText(0, f"Found: {guesses.get('geography', '')}")
        self.decimal.setItemText(0, f"Found: {guesses.get('decimal', 'point').partition(':')[0]}")
        found = {"CODE_COLUMN": "code_column", "NAME_COLUMN": "name_column"}
        found.update(ENCODING="encoding", SEPARATOR="separator")
        for name, key in found.items():
            value = guesses.get(key)
            self.texts[name].setPlaceholderText(f"Found: {'tab' if value == chr(9) else value}" if value else "")
        for name in _OF_TEXT_FILES:
            there = bool(guesses.get(name.lower())) or bool(self.texts[name].text())
            self.texts[name].setVisible(there)
            self._layout.labelForField(self.texts[name]).setVisible(there)
        self.texts["FILTER"].setPlaceholderText("such as period=2024; sex=Total")
        if not self._checked() and columns_of(guesses) != self._headers:
            self._offer_columns(columns_of(guesses))

    def _offer_sheets(self, sheets: List[Tuple[str, str]]) -> None:
        """The first entry stands for the guess; the one that was chosen stays chosen."""
        chosen = self.sheet.currentData()
        kept = [] if not chosen or chosen in dict(sheets) else [(chosen, chosen)]
        offer(self.sheet, [("", "Found by itself"), *sheets, *kept], chosen or "")

    def _offer_columns(self, columns: List[Tuple[str, str]]) -> None:
        several = len({sheet for sheet, _ in columns}) > 1
        self._headers = columns
        self.figures.clear()
        for sheet, header in columns:
            self.figures.addItemWithCheckState(f"{header} ({sheet})" if several else header, Qt.CheckState.Unchecked)


def columns_of(guesses: Mapping[str, Any]) -> List[Tuple[str, str]]:
    """The columns of figures as (sheet, header), each once, by names that the option VALUE_COLUMNS can carry."""
    found = []
    for name, facts in guesses.get("columns", {}).items():
        header = " ".join(str(facts.get("header") or "").split())
        found.append((facts.get("sheet", ""), name if ";" in header or not header else header))
    return list(dict.fromkeys(found))
