"""python -m planning.warm: compile what is compiled at first use, when the program is installed.

The compiled loops are kept beside the code (numba's cache). Compiling them takes some ten
seconds of one processor, which nobody should wait for in the first plan, and which several
processes that start at once would each do on their own.
"""

from datetime import date

import numpy as np

from forecasting.arrivals import ArrivalPattern
from forecasting.panel import Frequency, SeriesKey
from forecasting.places import Form, Price
from planning.children import DayGrid, Ticks, spread_over_days
from planning.draws import Care, draw_children
from planning.flow import Chain
from planning.mix import cheapest_mix
from planning.pair import Pair
from planning.policy import Arrangement
from planning.sharing import Places, Together
from planning.window import Window


def warm() -> None:
    """Answer one tiny question with each compiled loop."""
    nobody = np.zeros(0, np.int64)
    law, nowhere = np.array([1.0, 0.5, 0.0]), np.zeros(0)
    care = Care(law, law, 0.5, 0, 1.0, nobody, nobody == 1, nobody, 1.0, (0.5, 0.5))
    daily, grid = np.ones((2, 3), np.int64), Ticks(3)
    draw_children(daily, care, key=1)
    first = Care(law, law, 0.5, 0, 1.0, nobody, nobody == 1, nobody, 1.0)
    last = Care(law, nowhere, 0.0, 0, 1.0, nobody, nobody == 1, nobody, 1.0)
    fed = draw_children(daily, last, key=1)
    keys = SeriesKey("region", "first"), SeriesKey("region", "fed")
    chain = Chain(keys[0], draw_children(daily, first, key=1), grid, fed_key=keys[1], fed=fed)
    chain.run(1, 1)
    Pair.of(chain).offered_share(1, 1)
    _one_child_a_month()
    cheapest_mix(np.ones(1), {Form.BASE: Price(1, 1)}, wanted=1, ranges={}, days=1)
    both = Together.of({"one": fed, "two": fed}, grid, keys={"one": 1, "two": 2})
    both.run(Places(Arrangement.NATIONAL_STANDBY, (1, 1), 1), use=True, left=True)


def _one_child_a_month() -> None:
    window = Window(date(2000, 1, 1), date(2000, 1, 31))
    spread_over_days(
        np.ones((1, 1), np.int64),
        np.array(["2000-01-01"], "datetime64[D]"),
        freq=Frequency.MONTH,
        pattern=ArrivalPattern("first", np.ones(7), 1.0, np.ones(1), 1.0, 1.0, 0.0),
        grid=DayGrid(window.first, window, np.zeros(0, "datetime64[D]")),
        key=1,
    )


if __name__ == "__main__":
    warm()
