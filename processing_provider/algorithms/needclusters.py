"""Groups of hot spots that touch, Gi* and local Moran, from a finished result."""

from ..runs import findings


def compute(values):
    return findings.clusters(values)
