"""Every sentence with a number in it, computed from the plan by a small function."""

from collections.abc import Callable
from dataclasses import dataclass

from forecasting.findings import Severity
from forecasting.places import Form
from planning.goal import Binds
from planning.plan import Plan
from reports.disclosure.coarse import CHILDREN, step_nok
from reports.facts import NATION, Part, groups_of, regions_of, told_groups
from reports.frame import basis_line
from reports.wording import Wording
from reports.words import Words, words_of

# Code of the finding that says that a plan's data are too few (features/suspicious.py).
THIN_DATA = "thin_data"
SILENT = "no_referrals_lately"
PART_OF_YEAR = "part_of_year"
# Shares closer than this are the same.
EXACT = 1e-9


@dataclass(frozen=True)
class Speaker:
    """Says things about one plan in one language."""

    plan: Plan
    words: Words

    @property
    def wording(self) -> Wording:
        """What says the plan's findings and assumptions."""
        return Wording(self.words, self.plan.agency)

    @property
    def nation(self) -> Part:
        """The whole plan."""
        return Part(self.plan, NATION)

    def title(self, kind: str = "title") -> str:
        """Title of a report about the plan."""
        plan, region = self.plan, self.words["words.nation"]
        return self.words.say(
            f"title.{kind}", year=plan.year, agency=plan.agency.name, region=region
        )

    def name(self, part: Part) -> str:
        """Name of a region or of a need group over the nation."""
        by_group = part.key.region == NATION.region
        return (
            self.words.group(self.plan.agency, part.key.need_group)
            if by_group
            else self.words.region(self.plan.agency, part.key.region)
        )

    def recommended(self) -> str:
        """How many committed places, and how many more or fewer than today."""
        part = self.nation
        return self.words.say(
            "sentences.recommended",
            year=self.plan.year,
            places=self.words.noun("committed_place", part.committed),
            change=self._change(part),
        )

    def readiness(self) -> str:
        """How many of them stand by, and how many there are beyond a usual day's need."""
        standby = self.words.noun("standby_place", self.nation.places(Form.STANDBY))
        more = self.nation.readiness
        if more is None:
            told = self.nation.places(Form.STANDBY) > 0
            return self.words.say("protection.readiness", standby=standby) if told else ""
        n = self.words.noun("place", round(more))
        return self.words.say("sentences.readiness", standby=standby, n=n)

    def protection(self) -> tuple[str, ...]:
        """What is hidden from these readers, by which rules, and how it is shown."""
        done = self.plan.protection
        if done is None:
            return ()
        said = self.words.say(
            "protection.rules",
            profile=self.words[f"protection.{done.profile}"],
            as_of=self.words.numbers.day(self.plan.basis.as_of),
            most=self.words.numbers.count(done.threshold - 1),
        )
        more = list(self._coarse())
        if done.rounded_to > 1:
            to = self.words.numbers.count(done.rounded_to)
            more.append(self.words.say("protection.rounded", to=to))
        return (" ".join((said, *more)),)

    def _coarse(self) -> tuple[str, ...]:
        """What sums over hidden series are rounded to, where there are any."""
        if not self.nation.hides_parts:
            return ()
        numbers, few = self.words.numbers, self.words.numbers.decimal(CHILDREN, 1)
        if self.plan.prices is None:
            return (self.words.say("protection.coarse_children", few=few),)
        step = numbers.money(step_nok(self.plan))
        return (self.words.say("protection.coarse", step=step, few=few),)

    def _change(self, part: Part) -> str:
        """In whole places, so that the sentence adds up: effective places can be 742,2."""
        if part.existing is None:
            return self.words.say("sentences.change_unknown")
        existing = round(part.existing)
        change = part.committed - existing
        kind = "same" if change == 0 else "more" if change > 0 else "fewer"
        count = self.words.numbers.count
        return self.words.say(
            f"sentences.change_{kind}", n=count(abs(change)), existing=count(existing)
        )

    def level(self) -> str:
        """The service level in words, with its direction, and groups with one of their own."""
        said = [self._say_level("level", self.plan.policy.level)]
        for part in groups_of(self.plan):
            own = self.plan.agency.need_group(part.key.need_group).level
            if own is not None and own != self.plan.policy.level:
                said.append(self._say_level("level_own", own, group=self.name(part)))
        return " ".join((*said, self.holds()))

    def holds(self) -> str:
        """What must reach the level, and in how many series single years decide."""
        policy, curves = self.plan.policy, self.plan.curves
        wanted = self.words.of_years(policy.assurance)
        if policy.binds is Binds.BOTH and self.nation.hides_parts:
            return self.words.say("protection.holds", wanted=wanted)
        # A series that nobody is expected in has nothing to decide.
        risks = {risk.key: risk.to_meet for risk in self.plan.risks}
        curves = tuple(c for c in curves if risks.get(c.key, 1.0) > 0)
        decides = [c for c in curves if c.by_level is not None and c.chosen > c.by_level]
        return self.words.say(
            f"sentences.holds_{policy.binds}",
            wanted=wanted,
            n=self.words.numbers.count(len(decides)),
            all=self.words.numbers.count(len(curves)),
        )

    def _say_level(self, key: str, level: float, **values: str) -> str:
        return self.words.say(f"sentences.{key}", level=self.words.of_children(level), **values)

    def cost(self) -> str:
        """What it costs, with a range; or that prices are missing."""
        money, prices = self.plan.total_cost, self.plan.prices
        if money is None or prices is None:
            return self.words.say("sentences.cost_unknown")
        low, high = self.words.numbers.money_between(money.low, money.high)
        return self.words.say(
            "sentences.cost",
            mean=self.words.numbers.money(money.mean),
            year=prices.plan_year,
            low=low,
            high=high,
        )

    def cost_today(self) -> str:
        """What today's places would cost; nothing where that is not known."""
        today = self.nation.cost_today
        if today is None:
            return ""
        return self.words.say("sentences.cost_today", mean=self.words.numbers.money(today))

    def not_offered(self) -> str:
        """How many children the plan leaves without a committed place in time."""
        risk = self.nation.risk
        if risk is None or risk.not_offered_high == 0 == risk.not_offered_mean:
            return self.words.say("sentences.not_offered_none")
        return self.words.say(
            "sentences.not_offered",
            mean=self.words.noun("child", risk.not_offered_mean),
            low=self.words.some(risk.not_offered_low),
            high=self.words.some(risk.not_offered_high),
        )

    def not_offered_today(self) -> str:
        """The same with today's places; nothing where these are not known."""
        today = self.nation.not_offered_today
        if today is None or not self.plan.curves:
            return ""
        return self.words.say("sentences.not_offered_today", n=self.words.noun("child", today))

    def recommendation(self) -> tuple[str, ...]:
        """The answer in words: places, level, cost, and who is left without."""
        if self.nation.referrals == 0 and self.nation.committed == 0:
            nothing = self.words.say("sentences.no_demand", year=self.plan.year)
            return (f"{self.recommended()} {nothing}",)
        level = f"{self.readiness()} {self.level()}".strip()
        if self.nation.hides_today:
            return (*self.thin(), self.recommended(), level, self.words["protection.today"])
        left = f"{self.not_offered()} {self.not_offered_today()}".strip()
        cost = f"{self.cost()} {self.cost_today()}".strip()
        return (*self.thin(), self.recommended(), level, cost, left)

    def thin(self) -> tuple[str, ...]:
        """What must be said before any number: that the data hardly carry one, or whose days."""
        first = (THIN_DATA, SILENT, PART_OF_YEAR)
        return tuple(
            self.wording.finding(each)[0] for each in self.plan.findings if each.code in first
        )

    def demand_headline(self) -> str:
        """Referrals expected in the nation, against a year like the last."""
        said = self.words.say(
            "sentences.demand_total",
            n=self.words.noun("referral", self.nation.referrals),
            year=self.plan.year,
        )
        return (said + self._growth(self.nation)).rstrip(".")

    def demand_sentence(self) -> str:
        """The need group with the largest expected relative change."""
        parts = [part for part in groups_of(self.plan) if part.referrals or part.last_year]
        if not parts:
            return self.words.say("sentences.no_demand", year=self.plan.year)
        part = max(parts, key=_growth_size)
        said = self.words.say(
            "sentences.demand_sentence",
            group=self.name(part),
            n=self.words.noun("referral", part.referrals),
            year=self.plan.year,
            change=self._growth(part),
        )
        return self.of_shown(said, all_told=not any(p.hides_last_year for p in parts))

    def _growth(self, part: Part) -> str:
        if part.hides_last_year:
            return self.words.say("protection.last_year")
        last = part.last_year
        if not last:
            return self.words.say("sentences.demand_unknown")
        if part.rounds:
            return self.words.say("protection.against", last=self.words.some(last))
        growth = part.referrals / last - 1
        kind = "same" if abs(growth) < 0.0005 else "more" if growth > 0 else "fewer"
        numbers = self.words.numbers
        return self.words.say(
            f"sentences.demand_{kind}",
            share=numbers.percent(abs(growth)),
            last=self.words.some(last),
        )

    def demand_by_region(self, parts: tuple[Part, ...]) -> str:
        """The region with the largest expected relative change."""
        known = [part for part in parts if part.last_year]
        if not known:
            return self.words.say("sentences.demand_regions_none", year=self.plan.year)
        part = max(known, key=_growth_size)
        said = self.words.say(
            "sentences.demand_regions",
            region=self.name(part),
            n=self.words.noun("referral", part.referrals),
            year=self.plan.year,
            change=self._growth(part),
        )
        return self.of_shown(said, all_told=not any(p.hides_last_year for p in parts))

    def of_shown(self, said: str, *, all_told: bool) -> str:
        """A sentence on the largest, which is that of what is shown where some is hidden."""
        if all_told:
            return said
        return self.words.say("protection.of_shown", said=said)

    def occupancy_headline(self) -> str:
        """The need group whose committed places are most asked for."""
        part = self._fullest()
        if part is None:
            return self.words.say("sentences.occupancy_none", year=self.plan.year)
        said = self.words.say(
            "sentences.occupancy_headline",
            group=self.name(part),
            share=self.words.numbers.percent(demanded_share(part)),
        )
        told = not any(each.hides_days for each in groups_of(self.plan))
        return self.of_shown(said, all_told=told)

    def occupancy_sentence(self) -> str:
        """Its busiest day against the committed places."""
        part = self._fullest()
        if part is None or part.occupancy is None:
            return self.words.say("sentences.occupancy_none", year=self.plan.year)
        top = int(part.occupancy.mean.argmax())
        high = part.occupancy.values[part.occupancy.levels.index(0.95)]
        return self.words.say(
            "sentences.occupancy_sentence",
            group=self.name(part),
            mean=self.words.noun("place", float(part.occupancy.mean[top])),
            high=self.words.some(float(high[top])),
            places=self.words.some(part.committed),
        )

    def _fullest(self) -> Part | None:
        parts = [part for part in groups_of(self.plan) if demanded_share(part) > 0]
        return max(parts, key=demanded_share, default=None)

    def curve_headline(self) -> str:
        """Where one place more in each region helps most children."""
        gains = {part.key: gain(part, 1) for part in told_groups(self.plan)}
        all_told = len(gains) == len(groups_of(self.plan))
        if not gains or max(gains.values()) <= 0:
            hidden = str(self.words["protection.today"]).rstrip(".")
            return self.words.say("sentences.curve_none") if all_told else hidden
        best = max(gains, key=lambda key: gains[key])
        said = self.words.say(
            "sentences.curve_headline",
            group=self.name(Part(self.plan, best)),
            n=self.words.numbers.decimal(gains[best], 1),
        )
        return self.of_shown(said, all_told=all_told)

    def curve_other_years(self) -> tuple[str, ...]:
        """That the curve's children are not those of the recommendation, where they differ."""
        parts = told_groups(self.plan)
        # The report shows one decimal: what is equal there needs no excuse.
        same = all(abs(part.at_offset(0)[1] - part.not_offered) < 0.05 for part in parts)
        return () if same else (self.words["sentences.curve_other_years"],)

    def curve_sentence(self) -> str:
        """What one place fewer does, and what one more costs, for the same need group."""
        parts = told_groups(self.plan)
        if not parts or max(gain(part, 1) for part in parts) <= 0:
            return f"{self.curve_headline()}."
        part = max(parts, key=lambda part: gain(part, 1))
        said = self._one_less(part)
        now, more = part.at_offset(0)[2], part.at_offset(1)[2]
        if now is None or more is None:
            return said
        cost = self.words.numbers.money(more - now)
        return f"{said} {self.words.say('sentences.curve_cost', cost=cost)}"

    def _one_less(self, part: Part) -> str:
        """What one place fewer does, or, where that is hidden, what there is as planned."""
        numbers = self.words.numbers
        if -1 not in part.offsets:
            n = self.words.noun("child", part.at_offset(0)[1])
            return self.words.say("protection.as_planned", group=self.name(part), n=n)
        n = numbers.decimal(-gain(part, -1), 1)
        return self.words.say("sentences.curve_sentence", group=self.name(part), n=n)

    def regions_headline(self) -> str:
        """The region with the largest change; without a register, with most places."""
        parts = regions_of(self.plan)
        if not parts or any(part.change is None for part in parts):
            return self.largest_region()
        part = max(parts, key=lambda part: abs(part.change or 0))
        change = round(part.change or 0)
        if change == 0:
            return self.words.say("sentences.regions_headline_same")
        return self.words.say(
            "sentences.regions_headline_change",
            region=self.name(part),
            change=self.words.with_noun("place", self.words.numbers.change(change)),
        )

    def largest_region(self) -> str:
        """The region with most places."""
        parts = regions_of(self.plan)
        part = max(parts, key=lambda part: part.committed, default=self.nation)
        places = self.words.some(part.committed)
        return self.words.say("sentences.regions_headline", region=self.name(part), n=places)

    def totals(self, parts: tuple[Part, ...], value: Callable[[Part], str]) -> str:
        """«Nord 82, Midt 130 og Vest 201»: one value per part."""
        said = [f"{self.name(part)} {value(part)}" for part in parts]
        return self.words.listed(said)

    def regions_sentence(self, key: str = "regions_sentence") -> str:
        """Committed places of every region."""
        totals = self.totals(regions_of(self.plan), lambda part: self.words.some(part.committed))
        return self.words.say(f"sentences.{key}", totals=totals)

    def risk(self) -> tuple[str, ...]:
        """Assurance reached, chance of no child without, worst month, bracket, error."""
        risk, (lost, wait) = self.nation.risk, self.nation.bracket
        if risk is None:
            return ()
        if self.nation.hides_today:
            return ()
        words, numbers = self.words, self.words.numbers
        said = [
            words.say(
                "sentences.risk_lead",
                met=words.of_years(risk.years_meeting),
            ),
            *self._wanted(),
            words.say("sentences.risk_none", none=words.of_years(risk.p_none)),
        ]
        if risk.worst_month:
            month = numbers.month_name(risk.worst_month)
            said.append(words.say("sentences.risk_worst", month=month))
        if self.plan.brackets:
            places = words.noun("committed_place", lost), numbers.count(wait)
            said.append(words.say("sentences.risk_bracket", lost=places[0], wait=places[1]))
        error = numbers.decimal(100 * risk.standard_error, 2)
        said.append(words.say("sentences.risk_simulation", error=error))
        return (" ".join((*said, *self._missed())),)

    def _missed(self) -> tuple[str, ...]:
        """In how many series the level is missed on other paths, where that is told of all."""
        if self.nation.hides_parts:
            return ()
        parts = [Part(self.plan, curve.key) for curve in self.plan.curves]
        risks = [part.risk for part in parts if part.risk is not None]
        below = [r for r in risks if r.offered_share < self.plan.level_of(r.key) - EXACT]
        if not below:
            return ()
        words, worst = self.words, min(below, key=lambda r: r.offered_share)
        agency, key = self.plan.agency, worst.key
        said = words.say(
            "sentences.risk_missed",
            n=words.numbers.count(len(below)),
            all=words.numbers.count(len(risks)),
            series=f"{words.region(agency, key.region)}, {words.group(agency, key.need_group)}",
            share=words.numbers.decimal(100 * worst.offered_share, 2),
            level=words.numbers.decimal(100 * self.plan.level_of(key), 2),
            error=words.numbers.decimal(100 * worst.standard_error, 2),
        )
        return (said,)

    def _wanted(self) -> tuple[str, ...]:
        """That the assurance is asked of each series, not of the nation; where it is asked."""
        policy = self.plan.policy
        if policy.binds is Binds.LEVEL:
            return ()
        wanted = self.words.of_years(policy.assurance)
        return (self.words.say("sentences.risk_wanted", wanted=wanted),)

    def discipline(self) -> str:
        """What a child without a place in time does, in the calculation."""
        share = self.words.numbers.percent(self.plan.policy.spot_found)
        return self.words.say(f"sentences.discipline_{self.plan.policy.discipline}", share=share)

    def method(self) -> tuple[str, ...]:
        """How the numbers are made, in plain words."""
        draws = self.words.numbers.count(self.plan.basis.draws)
        steps = [step.format(draws=draws) for step in self.words["method.steps"]]
        return (*steps[:-1], self.discipline(), steps[-1])

    def findings(self, shown: int) -> str:
        """How much the checks found, and whether all of it is shown."""
        found, count = len(self.plan.findings), self.words.numbers.count
        if found <= shown:
            return self._found()
        more = self.words.say("sentences.findings_more", shown=count(shown), n=count(found))
        return f"{self._found()} {more}"

    def kinds_of_findings(self, most: int) -> str:
        """The same where one of each kind is shown, of at most so many kinds."""
        more = self.words.say("sentences.findings_kinds", most=self.words.numbers.count(most))
        return f"{self._found()} {more}"

    def _found(self) -> str:
        found, noun = self.plan.findings, self.words.noun
        if not found:
            return self.words.say("sentences.findings_none")
        warnings = sum(finding.severity is Severity.WARNING for finding in found)
        return self.words.say(
            "sentences.findings_some",
            n=noun("finding", len(found)),
            warnings=noun("warning", warnings),
            errors=noun("error", len(found) - warnings),
        )

    def basis(self) -> str:
        """One line that names all the numbers rest on."""
        return self._protected_shortly() + basis_line(self.words, self.plan.basis)

    def _protected_shortly(self) -> str:
        """Who may read it and what is hidden, on every page."""
        done = self.plan.protection
        if done is None:
            return ""
        most = self.words.numbers.count(done.threshold - 1)
        profile = self.words[f"protection.{done.profile}"]
        return self.words.say("protection.short", profile=profile, most=most) + " · "


def speaker_of(plan: Plan, language: str) -> Speaker:
    """Says a plan in a language; a plan of one region in the words for one.

    Raises UsageError for a language without words.
    """
    words, regions = words_of(language), regions_of(plan)
    if len(regions) == 1:
        words = words.of_region(words.region(plan.agency, regions[0].key.region))
    return Speaker(plan, words)


def demanded_share(part: Part) -> float:
    """Mean places wanted over the year / committed places; 0 where there are none."""
    bands = part.occupancy
    if bands is None or part.committed == 0:
        return 0.0
    return float(bands.mean.mean()) / part.committed


def gain(part: Part, more: int) -> float:
    """Children a year who get a place in time with `more` places in each region."""
    return part.at_offset(0)[1] - part.at_offset(more)[1]


def _growth_size(part: Part) -> float:
    """Relative change against last year, whatever its sign."""
    return abs(part.referrals / part.last_year - 1) if part.last_year else 0.0
