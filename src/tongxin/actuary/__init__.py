# SPDX-License-Identifier: AGPL-3.0-only
"""What a year may cost: published incidence tables, accidents drawn from them, and the like insurance premium."""

from tongxin.actuary.accidents import Accident, draw_accidents
from tongxin.actuary.errors import ActuaryError
from tongxin.actuary.premium import BandPremium, Life, like_premium
from tongxin.actuary.severity import SeverityDistribution
from tongxin.actuary.tables import IncidenceTable, load_incidence_table

__all__ = [
    "Accident",
    "ActuaryError",
    "BandPremium",
    "IncidenceTable",
    "Life",
    "SeverityDistribution",
    "draw_accidents",
    "like_premium",
    "load_incidence_table",
]
