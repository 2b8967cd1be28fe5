"""The councils that proposals of a reorganisation would make, beside the present authorities."""

from ..runs import reorganise


def compute(values):
    return reorganise.compare(values)
