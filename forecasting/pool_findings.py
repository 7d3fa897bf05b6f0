"""What the pooled forecast tells of the series it was made of."""

from collections.abc import Mapping

from forecasting.findings import Finding, error, warning
from forecasting.history import without_spikes
from forecasting.panel import CountPanel
from forecasting.samples import ForecastSamples
from forecasting.thin import Split


def untested(parts: Split) -> list[Finding]:
    """The history is too short to try the models on."""
    if not parts.panel.series:
        return []
    return [warning("prior_weights", periods=len(parts.panel.periods))]


def spikes(panel: CountPanel) -> list[Finding]:
    """Counts far above all their neighbours."""
    return [
        warning(
            "spike",
            series=str(key),
            count=float(panel.counts[row, at]),
            period=str(panel.periods[at]),
            read_as=float(tamed[at]),
        )
        for row, key in enumerate(panel.series)
        for tamed in [without_spikes(panel.counts[row], panel.observed[row])]
        for at in (tamed < panel.counts[row]).nonzero()[0]
    ]


def undone(parts: Split, by_model: Mapping[str, ForecastSamples]) -> list[Finding]:
    """Series that no model could do."""
    done = {key for samples in by_model.values() for key in samples.series}
    return [error("no_forecast", series=str(key)) for key in parts.series if key not in done]
