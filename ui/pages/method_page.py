"""Method: weights, directions, shrinkage, what is on, and how gaps are dealt with."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtWidgets import QFileDialog, QRadioButton

from ...core import catalogue
from ..widgets.method_tree import MethodTree, NodeForm
from ..widgets.parts import bullets, column, declared, fill, row, split, text_label, yielding
from .page import Page

_FILES = "Methodologies (*.json)"
_CONSEQUENCES = declared("texts")["method"]["consequences"]
_LEAST_HEIGHT = 300


class MethodPage(Page):
    """The method's tree and its choices."""

    KEY, TITLE, TIP = "method", "Method", "Weights, directions, shrinkage, and what happens to gaps"

    def build(self) -> None:
        method = self.session.method
        self.differences.setLayout(row(self.difference_text, stretch=0))
        self.tree, self.form = MethodTree(method), NodeForm(method)
        self.tree.setMinimumHeight(150)
        self.splitter = split(self.tree, self.form)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setMinimumHeight(_LEAST_HEIGHT)
        tools = row(self.open, self.save, self.reset)
        fill(self.column, tools, self.name, self.differences, self.problem, (self.splitter, 1), self.balance)
        self._build_gaps()
        self.tree.chosen.connect(self.form.show_node)
        self.open.clicked.connect(self._open)
        self.save.clicked.connect(self._save)
        self.reset.clicked.connect(method.reset)
        self.balance.toggled.connect(lambda on: setattr(method, "rebalances", on))
        method.changed.connect(self.refresh)
        self.session.pack.changed.connect(self.refresh)

    def _build_gaps(self) -> None:
        box = column(self.gaps)
        box.setSpacing(1)
        option = catalogue.step("computeindex").option("MISSING")
        self.choices, self.consequences = {}, {}
        for choice, label in zip(option.choices, option.labels):
            button, consequence = yielding(QRadioButton(label)), text_label()
            consequence.setIndent(22)
            fill(box, button, consequence)
            button.toggled.connect(lambda on, choice=choice: on and self._choose(choice))
            self.choices[choice], self.consequences[choice] = button, consequence
        fill(column(self.absent, 0), self.absent_text, self.agree)
        fill(self.column, self.gaps, self.absent)
        self.agree.toggled.connect(self._agree)

    def refresh(self) -> None:
        method, check = self.session.method, self.session.pack.check
        found = method.differences()
        place = f" ({method.path.name})" if method.path is not None else ""
        self.name.setText(f"<b>{method.edited.title}</b>{place}")
        count = "1 change" if len(found) == 1 else f"{len(found)} changes"
        same = "The method is the published one, unchanged."
        self.differences.setTitle(f"{count} from published" if found else "As published")
        self.difference_text.setText(bullets(one.text for one in found) if found else same)
        self.differences.setCollapsed(not found)
        self.reset.setEnabled(bool(found) or method.path is not None or method.missing != "exclude")
        self.problem.say(bullets(method.problems()), "warning")
        self.choices[method.missing].setChecked(True)
        for choice, label in self.consequences.items():
            label.setText(self._consequence(choice, check, method))
        absent = [] if check is None else [name for name in check.absent if name not in method.off]
        self.absent.setVisible(bool(absent))
        if absent:
            titles = "; ".join(
                method.edited.node(name).title for name in absent if name in {n.id for n in method.edited.nodes}
            )
            self.absent_text.say(
                f"Without data in the pack: {titles}.", "info" if method.leave_out_absent else "warning"
            )
            self.agree.setChecked(method.leave_out_absent)

    def _consequence(self, choice: str, check, method) -> str:
        if check is None:
            return _CONSEQUENCES[choice].format("Those with gaps")
        number = check.areas_with_gaps(method.off)
        about = "About " if check.estimated and number else ""
        return _CONSEQUENCES[choice].format(f"{about}{number:,} neighbourhoods")

    def _choose(self, choice: str) -> None:
        if self.session.method.missing != choice:
            self.session.method.set_missing(choice)

    def _agree(self, agreed: bool) -> None:
        if self.session.method.leave_out_absent != agreed:
            self.session.method.set_leave_out_absent(agreed)

    def _open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a methodology", "", _FILES)
        if path:
            self.open_file(Path(path))

    def open_file(self, path: Path) -> None:
        """Take a methodology file, and check the pack against it; a faulty one is refused in words."""
        if self.attempt(lambda: self.session.method.open(path)):
            self.session.choose_pack(self.session.pack.path)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the methodology", "methodology.json", _FILES)
        if path:
            self.save_file(Path(path if path.endswith(".json") else f"{path}.json"))

    def save_file(self, path: Path) -> None:
        """Write the methodology; what cannot be written is told."""
        if self.attempt(lambda: self.session.method.save(path)):
            self.session.messaged.emit(f"Saved as {path}.", "success")
