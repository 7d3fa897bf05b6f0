"""Counts that were corrected between two exports: their difference is a count, too."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from reports.disclosure.linear import Narrow, Seen

# All tables of one export.
Export = Sequence[Seen]
# Parts in the label of a count: its period, and whose it is.
COUNT = 2


@dataclass(frozen=True)
class Correction:
    """The change of a cell that two exports tell differently, as a name of its own."""

    of: Hashable

    def __str__(self) -> str:
        return f"the correction of {self.of}"


def corrected(exports: Sequence[Export], width: float) -> Iterator[Narrow]:
    """Changes of shown counts by less than the width, each of which tells so many children.

    Means differ from run to run, and tell nothing by it: their labels have three parts.
    """
    known: dict[Hashable, float] = {}
    for label, low, high in (cell for seen in exports for cell in _shown(seen)):
        if low == high and len(label) == COUNT:
            change = abs(low - known.setdefault(label, low))
            if 0 < change < width:
                yield Narrow(Correction(label), change, change)
            known[label] = low


def one_account(exports: Sequence[Export]) -> Iterator[Export]:
    """The exports, so that equal labels are one number: after a correction they are not."""
    known: dict[Hashable, tuple[float, float]] = {}
    for number, seen in enumerate(exports):
        cells = tuple(_shown(seen))
        # A day of which any cell was corrected is another table, hidden cells and all.
        days = {
            label[0]
            for label, low, high in cells
            if label in known and not _agree(known[label], (low, high))
        }
        yield tuple(_renamed(part, days, number) for part in seen) if days else seen
        known |= {label: (low, high) for label, low, high in cells if label[0] not in days}


def _shown(export: Export) -> Iterator[tuple[tuple[Hashable, ...], float, float]]:
    for seen in export:
        rows = zip(seen.labels, seen.low, seen.high, seen.hidden, strict=True)
        yield from ((label, low, high) for label, low, high, hidden in rows if not hidden)


def _agree(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return a[0] <= b[1] and b[0] <= a[1]


def _renamed(seen: Seen, days: set[Hashable], number: int) -> Seen:
    labels = [(*label, number) if label[0] in days else label for label in seen.labels]
    return replace(seen, labels=tuple(labels))
