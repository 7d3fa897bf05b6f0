"""Refusals of numbers that mean nothing, in the same words everywhere.

Each takes its values by the name that the caller knows them by. NaN is refused by all.
"""

from math import inf

from forecasting.errors import UsageError


def require_amounts(**values: float) -> None:
    """Finite numbers of 0 or more: rates, loads, prices, days that may be none."""
    for name, value in values.items():
        if not 0 <= value < inf:
            raise UsageError(f"{name} is {value}.", fix="Give a finite number of 0 or more.")


def require_positive(**values: float) -> None:
    """Finite numbers above 0: stays, lengths of time."""
    for name, value in values.items():
        if not 0 < value < inf:
            raise UsageError(f"{name} is {value}.", fix="Give a finite number above 0.")


def require_shares(**values: float) -> None:
    """Numbers from 0 to 1."""
    for name, value in values.items():
        if not 0 <= value <= 1:
            raise UsageError(f"{name} is {value}, but it is a share.", fix="Give 0 to 1.")


def require_counts(**values: int) -> None:
    """Whole numbers of 0 or more: places, houses, children."""
    for name, value in values.items():
        if not (0 <= value < inf and value == int(value)):
            raise UsageError(f"{name} is {value}.", fix="Give a whole number of 0 or more.")


def require_law(what: str, chances: tuple[float, ...]) -> None:
    """Chances from 0 that add up to 1."""
    total = sum(chances)
    if not (chances and min(chances) >= 0 and abs(total - 1) <= 1e-6):
        raise UsageError(
            f"the chances of {what} are {chances}.", fix="Give some, 0 or more, that add up to 1."
        )
