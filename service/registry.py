"""The models that a command or a configuration names."""

import difflib

from forecasting.errors import InputError, UsageError
from forecasting.protocol import Forecaster
from models import FORECASTERS
from service.settings import Settings

BENCHMARK = "seasonal_naive"
ENSEMBLE = "ensemble"


def chosen_forecasters(names: tuple[str, ...], settings: Settings) -> list[Forecaster]:
    """The models named in a command, or else those of the settings, each once.

    Raises UsageError (command) or InputError (settings) for a name that is not registered.
    """
    kind = UsageError if names else InputError
    where = "--model" if names else f"{settings.name}: forecast.models"
    wanted = dict.fromkeys(names or settings.forecast.models)
    for name in wanted:
        if name not in FORECASTERS:
            near = difflib.get_close_matches(name, FORECASTERS, n=1, cutoff=0.4)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise kind(
                f"{where} names {name!r}, which is no model.",
                fix=f"{hint}Use one of: {', '.join(FORECASTERS)}.",
            )
    return [FORECASTERS[name]() for name in wanted]
