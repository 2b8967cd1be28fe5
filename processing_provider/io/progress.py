"""Progress in named stages, n of m, that moves steadily and hears a cancel."""

from __future__ import annotations

from typing import Callable, Mapping

from qgis.core import QgsProcessingFeedback

from ...core.errors import Cancelled


class StagedProgress:
    """Shares one progress bar out to stages of different length; every report may raise Cancelled."""

    def __init__(self, feedback: QgsProcessingFeedback, lengths: Mapping[str, float]) -> None:
        self._feedback = feedback
        self._lengths = dict(lengths)
        self._total = sum(self._lengths.values())
        self._done = 0.0

    def check(self) -> None:
        """Raise Cancelled if the user has asked to stop."""
        if self._feedback.isCanceled():
            raise Cancelled("Cancelled; nothing was written.")

    def stage(self, name: str) -> Callable[..., None]:
        """Begin a stage: names it with its number, and gives the function that reports within it."""
        self.check()
        number = list(self._lengths).index(name) + 1
        start, length = self._done, self._lengths[name]
        self._done += length
        title = f"Step {number} of {len(self._lengths)}: {name}"
        self._feedback.setProgressText(title)
        last = [""]

        def report(fraction: float, text: str = "") -> None:
            self.check()
            self._feedback.setProgress(100.0 * (start + length * min(max(fraction, 0.0), 1.0)) / self._total)
            if text and text != last[0]:
                last[0] = text
                self._feedback.setProgressText(f"{title} - {text}")

        report(0.0)
        return report


def reporter(feedback: QgsProcessingFeedback) -> Callable[..., None]:
    """Progress from 0 to 1, with words where a new part begins; raises Cancelled."""

    def report(fraction: float, text: str = "") -> None:
        feedback.setProgress(100.0 * fraction)
        if text:
            feedback.setProgressText(f"{text[0].upper()}{text[1:]}")
        # Asked last: what hears of the progress may be what cancels.
        if feedback.isCanceled():
            raise Cancelled("Cancelled; nothing was written.")

    return report
