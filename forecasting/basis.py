"""What a number rests on; printed on every page of every report."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Basis:
    """Everything needed to make the same numbers again.

    `weights` are the mean shares of each model in the pool, `weights_by_family` those for each
    family of series (need group); `spread` is by how much the pool was stretched. The run id is
    not here: it differs between two equal runs, and stands in run.json.
    """

    data_sha256: str
    data_rows: int
    as_of: date
    config_hash: str
    model: str
    weights: Mapping[str, float]
    seed: int
    draws: int
    code_version: str
    synthetic: bool = False
    data_name: str = ""
    register_sha256: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    weights_by_family: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spread: float = 1.0

    def to_dict(self) -> dict[str, object]:
        """Plain values in a fixed order, for JSON."""
        return {
            "data_stamp": {
                "name": self.data_name,
                "sha256": self.data_sha256,
                "rows": self.data_rows,
                "register_sha256": self.register_sha256,
                "synthetic": self.synthetic,
            },
            "as_of": self.as_of.isoformat(),
            "config_hash": self.config_hash,
            "model": self.model,
            "weights": {name: round(w, 6) for name, w in sorted(self.weights.items())},
            "weights_by_family": {
                family: {name: round(w, 6) for name, w in sorted(shares.items())}
                for family, shares in sorted(self.weights_by_family.items())
            },
            "spread": round(self.spread, 6),
            "seed": self.seed,
            "draws": self.draws,
            "code_version": self.code_version,
            "settings": dict(sorted(self.settings.items())),
        }
