"""Import: a published file, looked at, mended where a guess is wrong, and put into a copy of the pack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

from qgis.core import QgsFeature
from qgis.PyQt.QtCore import QSignalBlocker, Qt
from qgis.PyQt.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from qgis.PyQt.QtWidgets import QFileDialog

from ...processing_provider import compat
from ..background.runner import CANCELLED, DONE, Outcome
from ..session import work_folder
from ..widgets import import_words
from ..widgets.entry_box import EntryBox
from ..widgets.guess_form import GuessForm
from ..widgets.indicator_choice import IndicatorChoice
from ..widgets.method_tree import weight_box
from ..widgets.parts import bullets, column, enable, fill, form, name_of, row, show
from .page import Page

IMPORT, IDENTIFY, EDIT = (f"hyperlocalneed:{name}" for name in ("importpublished", "identifysources", "editpack"))
FILE_COLUMNS = ("file", "holds", "level", "source", "reason")
FILE_HEADINGS = ["File", "Seems to hold", "Areas", "From", "Why not"]


class ImportPage(Page):
    """Choose a file or folder, look at what was found, overrule it, add it to a copy of the pack in hand."""

    KEY, TITLE, TIP = "import", "Import", "Take figures from published files into your data pack"
    HELP = "import.md#in-the-dock-more-import"

    def build(self) -> None:
        self.runner = self.own_runner()
        self.path, self.folder = "", ""
        self.guesses: Dict[str, Any] = {}
        self._job, self._again, self._target, self._own = "", False, "", ""
        self._work: Optional[Path] = None
        self.setAcceptDrops(True)
        name = name_of(self.file.lineEdit(), "Published f&ile")
        chosen, tools = row(self.file, self.choose_folder, stretch=0), row(self.step, self.cancel, stretch=0)
        fill(self.column, name, chosen, self.first, self.bar, tools, self.notice)
        fill(self.column, (self.folder_box, 1), (self.found, 1), 0)
        fill(column(self.folder_box, 0), (self.files, 1), self.open_file)
        self._build_found()
        self._connect()

    def _build_found(self) -> None:
        # What a file says is shown as it is, never as HTML.
        for notice in (self.notice, self.warnings):
            notice.label.setTextFormat(Qt.TextFormat.PlainText)
        self.form, self.indicator, self.entry = GuessForm(), IndicatorChoice(), EntryBox()
        self.weight = weight_box()
        self.weight.setSpecialValueText("like those beside it")
        for text, value in (("Need", "need"), ("Less need", "less")):
            self.direction.addItem(text, value)
        rows = ("Goes &under", self.under), ("A &high value means", self.direction), ("&Weight", self.weight)
        self.own_box.setLayout(form(*rows))
        self.overrule.setLayout(row(self.form, stretch=0))
        name = name_of(self.indicator, "&For the indicator")
        box = column(self.found, 0)
        fill(box, self.facts, self.warnings, self.preview, self.overrule)
        fill(box, name, self.indicator, self.own_box, self.entry, self.own, self.add, 1)

    def _connect(self) -> None:
        self.file.fileChanged.connect(self._typed)
        self.choose_folder.clicked.connect(self._ask_for_folder)
        self.cancel.clicked.connect(self._stop)
        self.files.cellDoubleClicked.connect(lambda _, __: self._open_chosen())
        self.open_file.clicked.connect(self._open_chosen)
        self.form.changed.connect(self.look)
        self.indicator.changed.connect(self.look)
        self.add.clicked.connect(self._ask_where)
        self.runner.stepped.connect(self.step.setText)
        for notice in (self.own, self.notice):
            notice.followed.connect(self.session.page_asked)
        self.session.pack.changed.connect(self.refresh)
        self.session.method.changed.connect(self._offer)
        self.under.activated.connect(self.refresh)
        self._offer()

    def _offer(self) -> None:
        """The method's indicators, and where in it one of one's own may go."""
        method, chosen = self.session.method.edited, self.under.currentData()
        self.indicator.offer(method)
        self.under.clear()
        self.under.addItem("Nowhere: the pack carries it alone", "")
        for node in method.nodes:
            # Sums of sub-dimensions take no indicator, and where weights are given each has one.
            below = {child.level for child in method.children(node.id)}
            summed = node.level in ("dimension", "sub_dimension") and "sub_dimension" not in below
            if summed and node.weighting != "given":
                self.under.addItem(node.title, node.id)
        self.under.setCurrentIndex(max(self.under.findData(chosen), 0))

    def close_down(self) -> None:
        self._again = False
        super().close_down()

    # Qt's own names
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.choose(paths[0])

    def choose(self, path: str) -> None:
        """Look at a file, or tell apart the files of a folder; refused while a pack is being written."""
        if self.runner.running and self._job == EDIT:
            self.notice.say("The new pack is still being written; wait for it, or cancel it.", "warning")
            return
        self.notice.say("")
        self.form.forget()
        self.guesses = {}
        self.indicator.forget()
        if Path(path).is_dir():
            self.path, self.folder = "", path
            self.files.setRowCount(0)
        else:
            self.path = path
            self.folder = self.folder if Path(path).parent == Path(self.folder) else ""
        with QSignalBlocker(self.file):
            self.file.setFilePath(path)
        self.look()

    def _typed(self, path: str) -> None:
        """A path comes letter by letter where it is typed: it counts once there is such a file."""
        if path and Path(path).exists() and path not in (self.path, self.folder):
            self.choose(path)

    def _ask_for_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Choose a folder of published files", self.folder)
        if folder:
            self.choose(folder)

    def _open_chosen(self) -> None:
        place = self.files.currentRow()
        if place >= 0:
            self.choose(str(Path(self.folder) / self.files.item(place, 0).text()))

    def look(self) -> None:
        """Look at the file or folder with what is settled so far; a look that goes on is given up for it."""
        if self.runner.running:
            self._again = self._job != EDIT
            if self._again:
                self.runner.cancel()
            return
        if self.path:
            self._start(IMPORT, self._import_parameters)
        elif self.folder:
            asked = {"FOLDER": self.folder}
            self._start(IDENTIFY, lambda work: self._with_pack({**asked, "OUTPUT": str(work / "files.gpkg")}, None))

    def _start(self, job: str, parameters: Callable[[Path], Dict[str, Any]]) -> None:
        self._work = self._work or work_folder("import_")
        self.begin(job, lambda: parameters(self._work))
        self._job = job
        self.step.setText("")
        self.refresh()

    def _import_parameters(self, work: Path) -> Dict[str, Any]:
        parameters = {
            **self.form.parameters(),
            "INPUT": self.path,
            "INDICATOR": self.indicator.wanted(),
            "OUTPUT": str(work / "clean.csv"),
            "ENTRY": str(work / "entry.json"),
        }
        return self._with_pack(parameters, work)

    def _with_pack(self, parameters: Dict[str, Any], work: Optional[Path]) -> Dict[str, Any]:
        """The pack in hand tells codes and names of areas, the method in hand what it asks for."""
        if self.session.pack.path and not self.session.pack.error:
            parameters["PACK"] = self.session.pack.path
        own = self.session.method.file_for_run(work) if work is not None else ""
        return {**parameters, "METHODOLOGY": own} if own else parameters

    def _stop(self) -> None:
        self._again = False
        self.runner.cancel()

    def _ended(self, outcome: Outcome) -> None:
        if self._again:
            self._again = False
            self.look()
            return
        if outcome.state == CANCELLED:
            self.notice.say("Cancelled.", "info")
        elif outcome.state != DONE:
            self.notice.say(outcome.message, "warning")
            if self._job == IMPORT:
                self.guesses = {}
                self.overrule.setCollapsed(False)
        else:
            {IMPORT: self._show_import, IDENTIFY: self._show_folder, EDIT: self._show_pack}[self._job](outcome)
        self.refresh()

    def refresh(self) -> None:
        busy, adding = self.runner.running, self.runner.running and self._job == EDIT
        self.first.setVisible(not self.path and not self.folder)
        show(busy, self.bar, self.cancel, self.step)
        self.folder_box.setVisible(bool(self.folder) and self.files.rowCount() > 0)
        self.found.setVisible(bool(self.path) and (bool(self.guesses) or not busy or self.form.isVisible()))
        show(bool(self.guesses), self.facts, self.preview, self.entry)
        self.warnings.setVisible(bool(self.guesses) and bool(self.warnings.text()))
        enable(not adding, self.file, self.choose_folder, self.overrule, self.indicator, self.entry)
        ready = bool(self.guesses.get("entries")) and not busy
        self.add.setEnabled(ready and bool(self.session.pack.path))
        self.own.say(self._hint() if ready else "")
        self.own_box.setVisible(ready and bool(self._beyond()))
        enable(bool(self.under.currentData()), self.direction, self.weight)

    def _beyond(self) -> List[str]:
        """The indicators of the file that the method in hand does not know."""
        known = {node.id for node in self.session.method.edited.nodes}
        return [name for name in self.guesses.get("entries", ()) if name not in known]

    def _hint(self) -> str:
        if not self.session.pack.path:
            return "[Choose a data pack](data) first: a copy of it takes these figures."
        beyond = ", ".join(self._beyond())
        if not beyond or self.under.currentData():
            return beyond and f"{beyond} goes into a methodology of your own, written beside the new pack."
        return f"The method does not know {beyond}. Say what it goes under, for it to count in the measure."

    def _titles(self) -> Dict[str, str]:
        return {node.id: node.title for node in self.session.method.edited.nodes}

    def _show_import(self, outcome: Outcome) -> None:
        self.guesses = json.loads(outcome.results["GUESSES"])
        titles = self._titles()
        facts = import_words.facts_of(self.guesses, titles)
        self.facts.setText(f"<b>{import_words.breakable(self.guesses['file'])}</b>{import_words.as_table(facts)}")
        self.warnings.say(bullets(self.guesses["warnings"]), "warning")
        import_words.fill_preview(self.preview, self.guesses)
        self.form.show_guesses(self.guesses)
        self.entry.propose(self.guesses["entries"])
        self.indicator.name_told(titles.get(name, name) for name in self.guesses["entries"])

    def _show_folder(self, outcome: Outcome) -> None:
        layer = compat.file_layer(str(outcome.results["OUTPUT"]), "files")
        titles = self._titles()
        rows = [self._file_row(feature, titles) for feature in layer.getFeatures()]
        import_words.fill(self.files, FILE_HEADINGS, rows)
        held = sum(1 for one in rows if one[1])
        self.notice.say(
            f"{len(rows):,} files; {held:,} of them seem to hold indicators of the method. Only names and headers were "
            "compared: look at a file before you rely on it.",
            "info",
        )

    @staticmethod
    def _file_row(feature: QgsFeature, titles: Dict[str, str]) -> List[str]:
        said = {field.name(): str(feature[field.name()] or "") for field in feature.fields()}
        said = {name: "" if value == "NULL" else value for name, value in said.items()}
        names = [name.strip() for name in said["indicators"].split(",") if name.strip()]
        said["holds"] = ", ".join(titles.get(name, name) for name in names)
        said["source"] = ", ".join(part for part in (said["source"], said["publisher"]) if part)
        return [said[name] for name in FILE_COLUMNS]

    def _ask_where(self) -> None:
        pack = Path(self.session.pack.path)
        beside = pack.parent.parent if pack.suffix == ".json" else pack.parent
        suggested = str(beside / "my_pack.zip")
        path, _ = QFileDialog.getSaveFileName(self, "Save the new pack as", suggested, "Data packs (*.zip)")
        if path:
            self.add_to(path)

    def add_to(self, target: str) -> None:
        """Write a new pack, a zip or a folder, from the one in hand and the entry as it stands in the box."""
        try:
            entry = self.entry.file(self._work / "entry.json")
        except (ValueError, OSError) as error:
            self.notice.say(f"The entry is no JSON that can be used: {error}.", "warning")
            self.entry.setCollapsed(False)
            return
        self._target, self._own = target, ""
        parameters: Dict[str, Any] = {"PACK": self.session.pack.path, "ADD": [str(entry)], "OUTPUT": target}
        placed = bool(self._beyond() and self.under.currentData())
        if placed:
            self._own = str(Path(target).with_name(f"{Path(target).stem}_methodology.json"))
            typed = "" if self.indicator.findText(self.indicator.currentText()) >= 0 else self.indicator.currentText()
            parameters.update(PARENT=self.under.currentData(), DIRECTION=self.direction.currentData(), TITLE=typed)
            parameters["METHODOLOGY_OUT"] = self._own
        self._placed = self._beyond()
        self._start(EDIT, lambda work: self._with_pack(parameters, work if placed else None))

    def _show_pack(self, outcome: Outcome) -> None:
        told = f"The new pack {Path(self._target).name} is chosen."
        if self._own:
            told += f" {Path(self._own).name} is the method in hand, to be seen and changed on its [page](method)."
            self.session.method.take_in(Path(self._own), self._placed, self.weight.value() / 100)
        self.notice.say(bullets([told, *outcome.lines()]), "success")
        self.session.choose_pack(self._target)
