"""The algorithms of the single steps, in the order of the paper."""

from __future__ import annotations

from .algorithms.aggregatetolsoa import AggregateToLsoa
from .algorithms.apportion import Apportion
from .algorithms.assignfromlookup import AssignFromLookup
from .algorithms.combinedimensions import CombineDimensions
from .algorithms.combineindicators import CombineIndicators
from .algorithms.compositeindicator import CompositeIndicator
from .algorithms.exponentialtransform import ExponentialTransform
from .algorithms.hotspots import HotSpots
from .algorithms.indicatorweights import IndicatorWeights
from .algorithms.normalscores import NormalScores
from .algorithms.orient import Orient
from .algorithms.postcodeoverlap import PostcodeOverlap
from .algorithms.rebaselsoa import RebaseLsoa
from .algorithms.shrinkage import Shrinkage

STEP_ALGORITHMS = (
    AggregateToLsoa,
    PostcodeOverlap,
    Apportion,
    RebaseLsoa,
    AssignFromLookup,
    CompositeIndicator,
    Shrinkage,
    Orient,
    NormalScores,
    IndicatorWeights,
    CombineIndicators,
    ExponentialTransform,
    CombineDimensions,
    HotSpots,
)
