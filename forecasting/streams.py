"""Random streams keyed by words, so that leaving one series out changes no other."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np


@dataclass(frozen=True)
class Streams:
    """A family of independent random streams under one seed.

    The same seed and words always give the same stream, whatever was drawn before and in
    whatever process: `streams.rng("model", "vest/akutt")`.
    """

    seed: int

    def key(self, *words: str) -> int:
        """64-bit key of the stream with these words, for counter-based generators."""
        text = "\x1f".join((str(self.seed), *words))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")

    def rng(self, *words: str) -> np.random.Generator:
        """A fresh numpy generator for these words."""
        return np.random.Generator(np.random.PCG64(self.key(*words)))

    def child(self, *words: str) -> "Streams":
        """A family of streams of its own, for example one per backtest origin."""
        return Streams(self.key(*words))
