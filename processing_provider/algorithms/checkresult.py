"""Whether a result is what its evidence says, and what the same run gives when it is computed again."""

from ..runs import checking


def compute(values):
    return checking.check(values)
