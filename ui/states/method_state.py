"""The methodology in hand: the published one, the user's changes to it, and how gaps are dealt with."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path
from typing import Dict, FrozenSet, List, Optional, Sequence, Tuple

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QObject, pyqtSignal

from ...core import catalogue, editing
from ...core import methodology as methodologies
from ...core.editing import Difference
from ...core.errors import MethodologyError
from ...core.methodology import Methodology, Node
from ...processing_provider.face import DEFAULT_METHODOLOGY
from .. import settings

CHANGED_ID = "_changed"


def _draft() -> Path:
    return Path(QgsApplication.qgisSettingsDirPath()) / "hyperlocal_need" / "draft_methodology.json"


class MethodState(QObject):
    """What will be computed; every change makes a new methodology, the published one is never touched."""

    changed = pyqtSignal()

    def __init__(self, parent: Optional[QObject] = None) -> None:
        super().__init__(parent)
        self.published: Methodology = methodologies.load(DEFAULT_METHODOLOGY)
        self.edited: Methodology = self.published
        self.off: FrozenSet[str] = frozenset()
        self.path: Optional[Path] = None
        self.missing = "exclude"
        self.leave_out_absent = False
        self.rebalances = True

    def recall(self) -> str:
        """Take up what the last session has left; gives '' or why its methodology file cannot be opened."""
        step = catalogue.step("computeindex")
        missing = settings.text(settings.MISSING, "exclude")
        self.missing = missing if missing in step.option("MISSING").choices else "exclude"
        self.leave_out_absent = settings.flag(settings.LEAVE_OUT_ABSENT, False)
        path = settings.text(settings.METHODOLOGY)
        draft = _draft()
        try:
            if path:
                self._take(methodologies.load(Path(path)), Path(path))
            if draft.is_file():
                self._take(methodologies.load(draft), self.path)
        except MethodologyError as error:
            settings.remember(settings.METHODOLOGY, "")
            return f"{error} The published method is used instead."
        known = {node.id for node in self.edited.nodes}
        self.off = frozenset(settings.text(settings.TURNED_OFF).split()) & known
        return ""

    def open(self, path: Path) -> None:
        """Take a methodology file; MethodologyError says what is wrong with it."""
        self._take(methodologies.load(path), path)
        settings.remember(settings.METHODOLOGY, str(path))
        self._tell()

    def take_in(self, path: Path, own: Sequence[str], weight: float) -> None:
        """Take a methodology with indicators of one's own, each with that weight (0: like those beside it).

        What was turned off stays so.
        """
        off = self.off
        self.open(path)
        self.off = off
        for name in own if weight > 0 else ():
            self.set_weight(self.edited.node(name), weight)
        self._tell()

    def keep_draft(self) -> None:
        """Keep changes that are in no file of the user's for the next session."""
        draft = _draft()
        try:
            if self.edited == self.published or editing.left_to_one(self.edited):
                draft.unlink(missing_ok=True)
            else:
                draft.parent.mkdir(parents=True, exist_ok=True)
                editing.save(self.edited, draft)
        except (OSError, MethodologyError):
            # A draft is a convenience: a profile that cannot be written must not stand in the way of closing.
            return

    def _take(self, methodology: Methodology, path: Optional[Path]) -> None:
        self.edited, self.path, self.off = methodology, path, frozenset()

    def save(self, path: Path) -> None:
        """Write the methodology in hand, without what is turned off, and go on with it."""
        kept = editing.without(self.edited, sorted(self.off)) if self.off else self.edited
        self._take(editing.save(self._named(kept), path), path)
        settings.remember(settings.METHODOLOGY, str(path))
        self._tell()

    def reset(self) -> None:
        """Back to the published method, with the paper's way of dealing with gaps."""
        self.edited, self.off, self.path = self.published, frozenset(), None
        self.missing, self.leave_out_absent = "exclude", False
        settings.remember(settings.METHODOLOGY, "")
        self._tell()

    def weights(self, parent: str) -> Dict[str, float]:
        """The weights of a node's children, as they will act."""
        return editing.effective_weights(self.edited, parent, self.off)

    @property
    def weightless(self) -> FrozenSet[str]:
        """Ids of what is turned off, and of indicators that weigh 0: their gaps leave no area unranked."""
        return self.off.union(one.id for one in self.edited.indicators if not self.edited.weighs(one.id))

    def set_weight(self, node: Node, value: float) -> None:
        """Give a node a weight; its siblings share the rest in their proportions, if rebalancing is on."""
        parent = str(node.parent)
        weights = self.weights(parent)
        if self.rebalances:
            weights = editing.rebalance(weights, node.id, value, self.off)
        else:
            weights[node.id] = value
        self.edited = editing.with_weights(self.edited, parent, weights)
        self._tell()

    def set_equal(self, parent: str) -> None:
        """Let all children of a node weigh the same."""
        self.edited = editing.with_equal_weights(self.edited, parent)
        self._tell()

    def set_node(self, node_id: str, **changes: str) -> None:
        """Change a node's direction or shrinkage."""
        self.edited = editing.with_node(self.edited, node_id, **changes)
        self._tell()

    def switch(self, node: Node, on: bool) -> None:
        """Turn an indicator on or off; given weights beside it are shared out anew."""
        parent = str(node.parent)
        self.off = self.off - {node.id} if on else self.off | {node.id}
        if self.edited.node(parent).weighting == "given":
            siblings = self.edited.children(parent)
            share = 1.0 / max(len([one for one in siblings if one.id not in self.off]), 1)
            weights = editing.rebalance(self.weights(parent), node.id, share if on else 0.0, self.off)
            self.edited = editing.with_weights(self.edited, parent, weights)
        self._tell()

    def set_missing(self, choice: str) -> None:
        """How areas without a value are dealt with: exclude, district or median."""
        self.missing = choice
        self._tell()

    def set_leave_out_absent(self, agreed: bool) -> None:
        """Whether indicators without data are left out, or stop the run."""
        self.leave_out_absent = agreed
        self._tell()

    def differences(self) -> Tuple[Difference, ...]:
        """What departs from the published method."""
        return editing.differences(self.published, self.edited, sorted(self.off))

    def problems(self) -> List[str]:
        """Why the method cannot be run as it stands, in words."""
        texts = []
        for parent, left in editing.left_to_one(self.edited).items():
            title = self.edited.node(parent).title
            amount = f"{abs(100 * left):.4g} %"
            texts.append(f"{title}: {amount} {'is left to give out' if left > 0 else 'too much is given out'}.")
        for node in self.edited.dimensions:
            inside = [one for one in self.edited.indicators if self.edited.dimension_of(one.id).id == node.id]
            if all(one.id in self.off for one in inside):
                texts.append(f"{node.title}: all its indicators are off; leave one on.")
        return texts

    def for_run(self) -> Methodology:
        """The methodology in hand, under a name of its own where it has been changed."""
        return self._named(self.edited)

    def file_for_run(self, folder: Path) -> str:
        """The file to compute with: '' for the published method, else one in ``folder`` (or the user's, unchanged)."""
        if self.edited == self.published and not self.off:
            return ""
        if self.path is not None and self.path.is_file():
            with suppress(MethodologyError):
                if methodologies.load(self.path) == self.for_run():
                    return str(self.path)
        place = folder / "methodology.json"
        editing.save(self.for_run(), place)
        return str(place)

    def changed_in(self) -> str:
        """``our weights`` where nothing else departs from the published method, ``our method``, or '' as published."""
        found = self.differences()
        if not found:
            return ""
        return (
            "our weights" if all(": weight " in one.text or " weights, " in one.text for one in found) else "our method"
        )

    def _named(self, methodology: Methodology) -> Methodology:
        """A changed method bears a name of its own, and so does its index: in every map's title and in the report."""
        own = self.changed_in() if methodology.id == self.published.id else methodology.title
        index = methodology.index
        if not own or index.title != self.published.index.title:
            return methodology
        if methodology.id == self.published.id:
            methodology = dataclasses.replace(
                methodology, id=f"{methodology.id}{CHANGED_ID}", title=f"{methodology.title} ({own})"
            )
        return editing.with_node(methodology, index.id, title=f"{index.title} ({own})")

    def _tell(self) -> None:
        settings.remember(settings.MISSING, self.missing)
        settings.remember(settings.LEAVE_OUT_ABSENT, self.leave_out_absent)
        settings.remember(settings.TURNED_OFF, " ".join(sorted(self.off)))
        self.changed.emit()
