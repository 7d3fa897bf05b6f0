"""What the adapters of several families read alike from a case."""

from typing import Any

from planning.stay_shapes import Shape, Stay


def around(places: int) -> range:
    """Two places fewer to two more, from 0."""
    return range(max(0, places - 2), places + 3)


def stay(los: dict[str, Any]) -> Stay:
    """The stay law of a case."""
    if "p" in los:
        return Stay.mixture(tuple(los["p"]), tuple(los["means"]))
    return Stay(Shape(los["dist"]), los.get("mean", los.get("value")), los.get("cv", 1.0))


def sizes(law: dict[str, float]) -> tuple[float, ...]:
    """Chance of 1, 2, .. children in an event."""
    return tuple(law.get(str(size), 0.0) for size in range(1, max(map(int, law)) + 1))
