"""The algorithms that get data in and look at its quality."""

from __future__ import annotations

from .algorithms.editpack import EditPack
from .algorithms.identifysources import IdentifySources
from .algorithms.importpublished import ImportPublished
from .algorithms.qualityassurance import QualityAssurance

DATA_ALGORITHMS = (ImportPublished, IdentifySources, EditPack, QualityAssurance)
