"""What the pooled forecast tells of the series it was made of."""

from collections.abc import Mapping

from forecasting.findings import Finding, Severity
from forecasting.history import without_spikes
from forecasting.panel import CountPanel
from forecasting.samples import ForecastSamples
from forecasting.thin import Split


def untested(parts: Split) -> list[Finding]:
    """The history is too short to try the models on."""
    if not parts.panel.series:
        return []
    return [
        Finding(
            severity=Severity.WARNING,
            code="prior_weights",
            message=f"{len(parts.panel.periods)} perioder er for få til å prøve modellene på: "
            "de har vektene fra oppsettet.",
            fix="En lengre historikk lar modellene veies etter hvordan de gjorde det.",
        )
    ]


def spikes(panel: CountPanel) -> list[Finding]:
    """Counts far above all their neighbours."""
    return [
        Finding(
            severity=Severity.WARNING,
            code="spike",
            message=f"{key}: {panel.counts[row, at]:.0f} i {panel.periods[at]} er langt over alle "
            f"naboene; modellene leser det som {tamed[at]:.0f}.",
            fix="Undersøk om det er en feil, eller mange registrert på én dag.",
            series=str(key),
        )
        for row, key in enumerate(panel.series)
        for tamed in [without_spikes(panel.counts[row], panel.observed[row])]
        for at in (tamed < panel.counts[row]).nonzero()[0]
    ]


def undone(parts: Split, by_model: Mapping[str, ForecastSamples]) -> list[Finding]:
    """Series that no model could do."""
    done = {key for samples in by_model.values() for key in samples.series}
    return [
        Finding(
            severity=Severity.ERROR,
            code="no_forecast",
            message=f"{key}: ingen modell klarte serien; det er ingen prognose.",
            fix="Se grunnen for hver modell; lengre historikk hjelper mest.",
            series=str(key),
        )
        for key in parts.series
        if key not in done
    ]
