"""The evaluation of models for analysts: scores, calibration, and plans held against what came."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from forecasting.basis import Basis
from forecasting.panel import Frequency
from forecasting.samples import WHOLE_NATION
from reports.document import (
    Block,
    Cell,
    Column,
    Depth,
    Document,
    Figure,
    Kind,
    Section,
    Table,
    Text,
    Tone,
)
from reports.drawings import Pit, Reliability
from reports.frame import basis_table, framed
from reports.words import PERIODS, Words, words_of

BINS = 10
# Shares whose promise the reliability figure shows.
PROMISED = tuple(round(0.05 * step, 2) for step in range(1, 20))
# Scores in the table, each better the lower.
SCORES_SHOWN = ("crps_scaled", "wis_scaled", "mase", "rmsse", "log_score")
COVERED = {
    "coverage_50": 0.5,
    "coverage_80": 0.8,
    "coverage_90": 0.9,
    "coverage_95": 0.95,
    "above_95": 0.05,
    "above_99": 0.01,
}
PRODUCT = "Plassplan"


@dataclass(frozen=True)
class MeanScore:
    """Mean of one score of one model over so many forecasts; `of` is step or sum."""

    model: str
    of: str
    metric: str
    value: float
    forecasts: int


@dataclass(frozen=True)
class ReplayedPolicy:
    """What one way to choose places gave the children who came (see planning/replay.py)."""

    policy: str
    need_group: str
    least_referrals: int
    region_years: int
    met_share: float
    offered_share: float
    not_offered: float
    places: float
    cost_over_hindsight: float


@dataclass(frozen=True)
class Evaluation:
    """A backtest, and a replay where there is one.

    `pits` are the pool's probability integral transforms, one a forecast: uniform on 0-1 if it
    is calibrated. `pool` and `benchmark` name models of `scores`; every forecast is of `horizon`
    periods of `freq`.
    """

    pool: str
    benchmark: str
    scores: tuple[MeanScore, ...]
    pits: NDArray[np.float64]
    origins: int
    horizon: int
    freq: Frequency
    replay: tuple[ReplayedPolicy, ...]
    basis: Basis

    def score(self, model: str, metric: str, of: str = "step") -> float | None:
        """One mean score; None where the model has none."""
        found = (s.value for s in self.scores if (s.model, s.metric, s.of) == (model, metric, of))
        return next(found, None)

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models, the pool first, then by their error."""
        names = dict.fromkeys(score.model for score in self.scores)

        def order(name: str) -> tuple[bool, float]:
            error = self.score(name, "crps_scaled")
            return name != self.pool, np.inf if error is None else error

        return tuple(sorted(names, key=order))


def evaluation(found: Evaluation, *, language: str = "nb") -> Document:
    """How good the forecasts were, and what plans made from them would have given.

    Raises UsageError for a language without words.
    """
    words = words_of(language)
    said = _Said(found, words)
    blocks: dict[str, tuple[Block, ...]] = {
        "evaluation_answer": (Text(said.answer(), Tone.LEAD), Text((words["sentences.duty"],))),
        "evaluation_scores": (said.scores("step"), said.scores("sum")),
        "evaluation_calibration": (said.pit(), said.reliability(), said.coverage()),
        "evaluation_replay": tuple(said.replays()),
        "basis": (basis_table(words, found.basis),),
    }
    return framed(
        words,
        found.basis,
        name="evaluation",
        title=words["title.evaluation"],
        subtitle=words.say("title.evaluation_subtitle", as_of=words.numbers.day(found.basis.as_of)),
        author=PRODUCT,
        sections=tuple(Section(k, words[f"headings.{k}"], b) for k, b in blocks.items() if b),
    )


@dataclass(frozen=True)
class _Said:
    """Sentences, tables and figures of one evaluation."""

    found: Evaluation
    words: Words

    def say(self, key: str, **values: object) -> str:
        return self.words.say(f"evaluation.{key}", **values)

    def answer(self) -> tuple[str, ...]:
        """The pool against the benchmark, its intervals, and what plans gave."""
        return tuple(filter(None, (*self._against(), self._covers(), self._served())))

    def _against(self) -> Iterator[str]:
        """The error of single periods and of their sum: one can be better, the other worse."""
        step, whole = self._ratio("step"), self._ratio("sum")
        if step is None:
            return
        noun = PERIODS[self.found.freq]
        yield self.say(
            "against_step" if whole is None else "against",
            step=self._error(step),
            sum="" if whole is None else self._error(whole),
            period=self.words[f"nouns.{noun}"][0],
            periods=self.words.noun(noun, self.found.horizon),
            origins=self.found.origins,
        )
        if whole is not None and (_per_cent(step) * _per_cent(whole)) < 0:
            yield self.say("opposite")

    def _ratio(self, of: str) -> float | None:
        """The pool's error over the benchmark's; None where either is not known."""
        pool, other = (
            self.found.score(name, "crps_scaled", of)
            for name in (self.found.pool, self.found.benchmark)
        )
        return pool / other if pool is not None and other else None

    def _error(self, ratio: float) -> str:
        more = _per_cent(ratio)
        if more == 0:
            return self.say("error_alike")
        share = self.words.numbers.percent(abs(more) / 100)
        return self.say("error_more" if more > 0 else "error_less", share=share)

    def _covers(self) -> str:
        covered = self.found.score(self.found.pool, "coverage_80")
        if covered is None:
            return ""
        return self.say("covers", share=self.words.numbers.percent(covered))

    def _served(self) -> str:
        plan = next(
            (
                row
                for row in self.found.replay
                if row.need_group == WHOLE_NATION and row.least_referrals == 0
            ),
            None,
        )
        if plan is None:
            return ""
        percent = self.words.numbers.percent
        return self.say(
            "served",
            policy=self._policy(plan.policy),
            met=percent(plan.met_share),
            offered=percent(plan.offered_share),
            cost=self.words.numbers.decimal(100 * (plan.cost_over_hindsight - 1)),
        )

    def scores(self, of: str) -> Table:
        """Mean scores of every model, and its CRPS over the benchmark's."""
        columns = (
            Column(self.say("model")),
            *(Column(self.say(metric), Kind.RATIO) for metric in SCORES_SHOWN),
            Column(self.say("ratio"), Kind.RATIO),
        )
        other = self.found.score(self.found.benchmark, "crps_scaled", of)
        rows = []
        for model in self.found.models:
            values = [self.found.score(model, metric, of) for metric in SCORES_SHOWN]
            ratio = values[0] / other if values[0] is not None and other else None
            rows.append((self._model(model), *values, ratio))
        return Table(self.say(f"scores_{of}"), columns, tuple(rows), self._source)

    def coverage(self) -> Table:
        """What intervals and tails held, against what they promised."""
        columns = (
            Column(self.say("model")),
            *(Column(self.say(name), Kind.SHARE) for name in COVERED),
        )
        rows = [
            (self._model(model), *(self.found.score(model, name) for name in COVERED))
            for model in self.found.models
        ]
        promised: tuple[Cell, ...] = (self.say("promised"), *COVERED.values())
        return Table(self.say("coverage"), columns, (*rows, promised), self._source, totals=1)

    def pit(self) -> Figure:
        """Where outcomes fell in the pool's forecasts."""
        counts, _ = np.histogram(self.found.pits, bins=BINS, range=(0, 1))
        number = max(int(counts.sum()), 1)
        bars = tuple((counts * BINS / number).tolist())
        low, high = (float(binom.ppf(p, number, 1 / BINS)) * BINS / number for p in (0.025, 0.975))
        rows = tuple((at / BINS, (at + 1) / BINS, value) for at, value in enumerate(bars))
        columns = (
            Column(self.say("range_from"), Kind.SHARE),
            Column(self.say("range_to"), Kind.SHARE),
            Column(self.say("frequency"), Kind.RATIO),
        )
        drawing = Pit(
            bars,
            (low, high),
            self.say("pit_axis"),
            self.say("frequency"),
            (self.say("outcomes"), self.say("even"), self.say("band")),
        )
        told = self.words.listed([self.words.numbers.decimal(value, 2) for value in bars])
        return Figure(
            self._pit_headline(bars, (low, high)),
            self.say("pit_subtitle", n=self.words.numbers.count(number)),
            self.say("pit_alt", values=told),
            self.say(
                "pit_sentence",
                low=self.words.numbers.decimal(min(bars), 2),
                high=self.words.numbers.decimal(max(bars), 2),
            ),
            drawing,
            Table(self.say("pit_table"), columns, rows, self._source, depth=Depth.FULL),
        )

    def _pit_headline(self, bars: tuple[float, ...], band: tuple[float, float]) -> str:
        outside = sum(not band[0] <= value <= band[1] for value in bars)
        if outside == 0:
            return self.say("pit_even")
        return self.say("pit_uneven", n=self.words.numbers.count(outside), all=len(bars))

    def reliability(self) -> Figure:
        """What share of outcomes lay below each promised quantile."""
        number = max(len(self.found.pits), 1)
        observed = tuple(float((self.found.pits <= p).sum()) / number for p in PROMISED)
        band = tuple(
            (
                float(binom.ppf(0.025, number, p)) / number,
                float(binom.ppf(0.975, number, p)) / number,
            )
            for p in PROMISED
        )
        rows = tuple(
            (p, o, low, high) for p, o, (low, high) in zip(PROMISED, observed, band, strict=True)
        )
        columns = tuple(
            Column(self.say(name), Kind.SHARE)
            for name in ("promised", "observed", "band_low", "band_high")
        )
        farthest = max(range(len(PROMISED)), key=lambda at: abs(observed[at] - PROMISED[at]))
        percent = self.words.numbers.percent
        far = {"promised": percent(PROMISED[farthest]), "observed": percent(observed[farthest])}
        return Figure(
            self.say("reliability_headline", **far),
            self.say("reliability_subtitle", n=self.words.numbers.count(number)),
            self.say("reliability_alt", **far),
            self.say("reliability_sentence", **far),
            Reliability(
                PROMISED,
                observed,
                band,
                self.say("promised"),
                self.say("observed"),
                (self.say("observed"), self.say("perfect"), self.say("band")),
            ),
            Table(self.say("reliability_table"), columns, rows, self._source, depth=Depth.FULL),
        )

    def replays(self) -> Iterator[Table]:
        """Every policy, over all need groups and in each; all regions and the larger ones."""
        columns = (
            Column(self.say("policy")),
            Column(self.say("region_years"), Kind.COUNT),
            Column(self.say("met"), Kind.SHARE),
            Column(self.say("offered"), Kind.SHARE),
            Column(self.say("not_offered"), Kind.NUMBER),
            Column(self.say("places"), Kind.COUNT),
            Column(self.say("cost"), Kind.RATIO),
        )
        kinds = dict.fromkeys((row.need_group, row.least_referrals) for row in self.found.replay)
        for group, least in sorted(kinds, key=lambda kind: kind[0] != WHOLE_NATION):
            rows = tuple(
                (
                    *(self._policy(row.policy), row.region_years, row.met_share),
                    *(row.offered_share, row.not_offered, row.places, row.cost_over_hindsight),
                )
                for row in self.found.replay
                if (row.need_group, row.least_referrals) == (group, least)
            )
            named = self.words["words.all_groups"] if group == WHOLE_NATION else group
            caption = self.say("replay_large" if least else "replay_all", group=named, least=least)
            yield Table(caption, columns, rows, self.say("replay_source"))

    def _model(self, code: str) -> str:
        """The model's name, and the code by which files name it."""
        name = self.words.model(code)
        return name if name == code else f"{name} ({code})"

    def _policy(self, code: str) -> str:
        return str(self.words.table["policies"].get(code, code))

    @property
    def _source(self) -> str:
        return self.say("source", origins=self.found.origins)


def _per_cent(ratio: float) -> int:
    """How much more than one, in whole per cents as they are said."""
    return round(100 * (ratio - 1))
