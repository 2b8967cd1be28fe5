"""Whom a budget reaches: people in need reached and missed by a choice of areas, beside other choices."""

from ..runs import reach


def compute(values):
    return reach.reach(values)
