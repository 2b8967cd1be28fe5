"""England's figures from the official sources, each taken only once it is proven, as a data pack."""

import json

from ..io.network import Network
from ..runs import fetching, overlap


def compute(values):
    cache, report = values.path("CACHE") or overlap.folder() / "fetched", values.advance(1.0)
    network = Network(
        check=report.check,
        tell=values.feedback.setProgressText,
        keys={"statxplore": values.text("STATXPLORE") or ""},
        base=values.text("BASE") or "",
    )
    if values.option("ONLY_LOOK"):
        looks = [vars(one) for one in fetching.look(network, report)]
        values.say("  ".join(f"{text}" for text in one.values() if text) for one in looks)
        return {"SOURCES": json.dumps(looks, ensure_ascii=False)}
    outcome = fetching.fetch(values, cache, network, report)
    dropped, missing = cache / fetching.DROPPED, outcome.missing
    told = f"{len(outcome.indicators)} indicators are in the pack; {len(missing)} sources miss."
    values.say([], warnings=(*missing.values(), *outcome.said))
    values.say([f"Files that are got by hand go into {dropped}.", told])
    found = {"FETCHED": len(outcome.indicators), "MISSING": "\n".join(missing.values()), "DROPPED": str(dropped)}
    return {**values.paths("OUTPUT"), **found}
