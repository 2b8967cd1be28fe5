"""A network of one's own: answers by address, counted, with no socket."""

from __future__ import annotations

import copy
import json

from hyperlocal_need.core.sources import recipe
from hyperlocal_need.core.sources.asking import Reply


class FakeNetwork:
    """``answer(request)`` gives the body as text, or (status, headers, body); what was asked is kept in order."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.waited = []

    def ask(self, request, into, begun):
        self.asked.append(request)
        told = self.answer(request)
        status, headers, body = told if isinstance(told, tuple) else (200, {}, told)
        reply = Reply(status, headers)
        begun(reply)
        if status in (200, 206):
            with into.open("ab" if status == 206 else "wb") as stream:
                stream.write(body if isinstance(body, bytes) else body.encode())
        return reply

    def wait(self, seconds, words):
        self.waited.append(seconds)


CENSUS = json.loads((recipe.RECIPES / "census_ts037.json").read_text(encoding="utf-8"))


def made(fetch, **changes):
    """A checked recipe: the census table's, with another ``fetch`` and other keys."""
    spec = copy.deepcopy(CENSUS)
    spec.update(changes)
    spec["fetch"] = {"geography": "OA21", "known": "unsure", **fetch}
    return recipe.check(spec)
