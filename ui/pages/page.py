"""What all pages are: a scrolling column with a title, built with the session."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from qgis.gui import QgsScrollArea
from qgis.PyQt.QtCore import QByteArray, Qt, QTimer
from qgis.PyQt.QtWidgets import QFrame, QSplitter, QVBoxLayout, QWidget

from ...core.errors import NeedError
from .. import settings
from ..background.runner import AlgorithmRunner
from ..session import Session
from ..widgets import declared
from ..widgets.parts import column, name_controls, text_label


class Page(QgsScrollArea):
    """One tab; a subclass gives ``KEY``, ``TITLE`` (``SHORT``: for the tab), ``TIP``, and fills ``self.column``."""

    KEY = ""
    TITLE = ""
    SHORT = ""
    TIP = ""
    # Page and heading of the guide; of the dock's own, the one with the page's title.
    HELP = ""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        content = QWidget()
        self.column = column(content)
        declared.make(self, self.KEY)
        self.build()
        self.setWidget(content)
        name_controls(content)
        self.refresh()
        for key, splitter in self._splitters():
            splitter.restoreState(QByteArray.fromHex(settings.text(key).encode()))

    def _splitters(self) -> List[Tuple[str, QSplitter]]:
        found = enumerate(self.findChildren(QSplitter))
        return [(f"{settings.SPLIT}/{self.KEY}/{place}", splitter) for place, splitter in found]

    def keep_splits(self) -> None:
        """Remember how the page's parts share its height; those of a page that was never seen have none."""
        for key, splitter in self._splitters():
            if sum(splitter.sizes()):
                settings.remember(key, bytes(splitter.saveState().toHex()).decode())

    def build(self) -> None:
        """Make the widgets and connect them."""
        raise NotImplementedError

    def add_body(self, words: str, stretch: int = 1) -> QVBoxLayout:
        """A label for when there is nothing to show, and the column of what is shown otherwise."""
        self.empty, self.body = text_label(words), QWidget()
        self.column.addWidget(self.empty)
        self.column.addWidget(self.body, stretch)
        return column(self.body, 0)

    def show_body(self, there: bool) -> None:
        """Show the body, or the words for its absence."""
        self.empty.setVisible(not there)
        self.body.setVisible(there)

    def own_runner(self) -> AlgorithmRunner:
        """A runner beside the session's, which moves ``self.bar`` and ends in ``self._ended``."""
        runner = AlgorithmRunner(self)
        runner.progressed.connect(lambda progress: self.bar.setValue(round(progress)))
        runner.ended.connect(lambda outcome: self._ended(outcome))
        return runner

    def begin(self, algorithm: str, parameters: Callable[[], Dict[str, Any]]) -> None:
        """Start an algorithm on the page's own runner; ``self.notice`` tells why, where that cannot be."""
        try:
            refusal = self.runner.start(algorithm, parameters())
        except NeedError as error:
            refusal = str(error)
        self.notice.say(refusal, "warning")
        self.bar.setValue(0)

    def attempt(self, what: Callable[[], Any]) -> bool:
        """Do it, or tell in a message why it cannot be done; gives whether it was."""
        try:
            what()
        except NeedError as error:
            self.session.messaged.emit(str(error), "warning")
            return False
        return True

    def close_down(self) -> None:
        """Stop what the page has going on and give back what it holds, before the dock is deleted."""
        for runner in self.findChildren(AlgorithmRunner):
            runner.stop_and_wait()

    def help_page(self) -> str:
        """The page and heading of the guide that tell of this page."""
        return self.HELP or f"dock.md#{self.TITLE.lower().replace(' ', '-')}"

    def show_part(self, name: str) -> None:
        """Scroll to a part of the page, the attribute ``name``, and put the focus there."""
        part = getattr(self, name, None)
        if isinstance(part, QWidget):
            QTimer.singleShot(0, lambda: self._reveal(part))

    def _reveal(self, part: QWidget) -> None:
        self.ensureWidgetVisible(part)
        part.setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Show the session as it now is."""
