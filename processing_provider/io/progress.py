"""Progress in parts of one bar, which moves steadily and hears a cancel."""

from __future__ import annotations

from typing import Callable, Mapping

from qgis.core import QgsProcessingFeedback

from ...core.errors import Cancelled


class Progress:
    """A part of a progress bar: called with a fraction, and with words where something new begins; raises Cancelled."""

    def __init__(
        self, feedback: QgsProcessingFeedback, start: float = 0.0, length: float = 1.0, title: str = ""
    ) -> None:
        self._feedback, self._start, self._length, self._title = feedback, start, length, title
        self._given = 0.0
        self._text = ""

    def __call__(self, fraction: float, text: str = "") -> None:
        self._feedback.setProgress(100.0 * (self._start + self._length * min(max(fraction, 0.0), 1.0)))
        if text and text != self._text:
            self._text = text
            words = f"{self._title} - {text}" if self._title else f"{text[0].upper()}{text[1:]}"
            self._feedback.setProgressText(words)
        # Asked last: what hears of the progress may be what cancels.
        self.check()

    def check(self) -> None:
        """Raise Cancelled if the user has asked to stop."""
        if self._feedback.isCanceled():
            raise Cancelled("Cancelled; nothing was written.")

    def part(self, share: float, title: str = "") -> Progress:
        """The next ``share`` of this part, from 0 to 1; its title goes before all words within it."""
        start, self._given = self._given, min(self._given + share, 1.0)
        part = Progress(self._feedback, self._start + self._length * start, self._length * share, title)
        if title:
            self._feedback.setProgressText(title)
        part(0.0)
        return part

    def stages(self, lengths: Mapping[str, float]) -> Callable[[str], Progress]:
        """A function that begins the next stage by its name, as step n of m; stages share the bar by their lengths."""
        names, total = list(lengths), sum(lengths.values())

        def begin(name: str) -> Progress:
            return self.part(lengths[name] / total, f"Step {names.index(name) + 1} of {len(names)}: {name}")

        return begin
