"""What is known of a series beside its counts: marked breaks, and how many it is drawn from."""

from dataclasses import dataclass

from forecasting.breaks import Break, ahead, mended, suggested
from forecasting.exposure import Exposure
from forecasting.findings import Finding
from forecasting.panel import CountPanel
from forecasting.samples import ForecastSamples
from forecasting.streams import Streams


@dataclass(frozen=True)
class KnownChanges:
    """Breaks that a planner marked, and the population that counts follow, if any."""

    breaks: tuple[Break, ...] = ()
    exposure: Exposure | None = None

    def __bool__(self) -> bool:
        return bool(self.breaks) or self.exposure is not None

    def before(self, panel: CountPanel) -> tuple[CountPanel, tuple[Finding, ...]]:
        """The history as it would have been had things always been as they are at its end."""
        level = self.exposure.at_origin(panel) if self.exposure else panel
        whole, findings = mended(level, self.breaks)
        return whole, (*findings, *suggested(panel, self.breaks))

    def after(self, samples: ForecastSamples, *, streams: Streams) -> ForecastSamples:
        """Draws as the changes that are still ahead will make them."""
        moved = self.exposure.ahead(samples, streams=streams) if self.exposure else samples
        return ahead(moved, self.breaks, streams=streams)


NO_CHANGES = KnownChanges()
