"""Count models and stay models, one file each, in two literal registries.

Libraries that are slow to import (statsmodels, scikit-learn, Prophet) are imported where they
are used, so that this package is quick to import.
"""

from collections.abc import Callable

from forecasting.protocol import Forecaster, StayModel
from models.ets import Ets
from models.gradient_boosting import GradientBoosting
from models.national_share import NationalShare
from models.negbin_glm import NegBinGlm
from models.negbin_levels import NegBinLevels
from models.prophet import Prophet
from models.quantile_boosting import QuantileBoosting
from models.recent_mean_negbin import RecentMeanNegBin
from models.seasonal_naive import SeasonalNaive
from models.stay_kaplan_meier import KaplanMeier
from models.unobserved_components import UnobservedComponents

FORECASTERS: dict[str, Callable[[], Forecaster]] = {
    "seasonal_naive": SeasonalNaive,
    "recent_mean_negbin": RecentMeanNegBin,
    "negbin_glm": NegBinGlm,
    "negbin_levels": NegBinLevels,
    "national_share": NationalShare,
    "unobserved_components": UnobservedComponents,
    "ets": Ets,
    "prophet": Prophet,
    "gradient_boosting": GradientBoosting,
    "quantile_boosting": QuantileBoosting,
}

STAY_MODELS: dict[str, Callable[[], StayModel]] = {
    "kaplan_meier": KaplanMeier,
}
