"""What the page of a job says, in Norwegian bokmål."""

from collections.abc import Mapping

from reports.numbers import Numbers
from service.jobs.records import Ended, JobState, Progress, Reason, Trouble

NUMBERS = Numbers("nb")
NO_INPUTS = (
    "Planen ble laget før forutsetningene ble tatt vare på sammen med den. Lag planen på nytt, og "
    "velg den nye."
)
MOVED_ON = (
    "Det er lest inn nye tall siden planen ble laget. Lag planen på nytt, og prøv scenarioet på "
    "den."
)
CANCELLED = ("Jobben er avbrutt", "Ingenting er lagret av den.")
# First words of what the chain says, and what the page says for it.
STEPS: Mapping[str, str] = {
    "Forecasting referrals": "Lager prognosen for henvisningene",
    "Sizing the base plan": "Finner plassene i basisplanen",
    "Comparing": "Regner scenarioene ved siden av planen",
    "Forecasting by the need groups": "Lager prognosen for scenarioet med andre målgrupper",
    "Sizing by the need groups": "Finner plassene i scenarioet med andre målgrupper før endringene",
    "Comparing by the need groups": "Regner scenarioet med andre målgrupper ved siden av planen",
}
ENDS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.INPUT: (
        "Scenarioet kunne ikke regnes",
        "Ingenting er lagret.",
    ),
    Trouble.FAULT: (
        "Noe gikk galt hos oss",
        "Ingenting er lagret. Prøv igjen; skjer det på nytt, meld fra med den tekniske meldingen.",
    ),
    Trouble.UNSTARTED: (
        "Beregningen kunne ikke starte",
        "Ingenting er lagret. Det kan være for lite minne: lukk andre programmer, og prøv igjen.",
    ),
    Trouble.DIED: (
        "Beregningen stoppet uten svar",
        "Ingenting er lagret. Prøv igjen. Skjer det på nytt, lukk andre programmer: det kan være "
        "for lite minne.",
    ),
    Trouble.STOPPED: (
        "Plassplan ble stoppet mens jobben gikk",
        "Ingenting er lagret. Start jobben på nytt.",
    ),
}

REASONS: Mapping[Reason, str] = {
    Reason.MOVED_ON: MOVED_ON,
    Reason.NO_EXTRACT: "Filen som ble sendt med, er ikke lenger der. Prøv igjen, og velg filen på "
    "nytt.",
    Reason.REJECTED: "Filen som planen er laget av, ble avvist av kontrollen. Kontroller den på "
    "siden Data, og lag planen på nytt.",
    Reason.NO_INPUTS: NO_INPUTS,
    Reason.SCENARIO: "{scenario} kan ikke regnes på denne planen: tallene, plassregisteret eller "
    "prisene har ikke det som skal endres, eller endringen er for stor. Velg noe annet.",
    Reason.COMPUTATION: "Beregningen fant ikke noe svar med disse forutsetningene. Velg noen som "
    "ligger nærmere planens.",
    Reason.OTHER: "Planens tall, plassregister eller oppsett kan ikke brukes til dette. Velg noe "
    "annet, eller lag planen på nytt.",
}
OWN_LABEL = "Egne forutsetninger"


def ending(state: Ended, scenario: str) -> tuple[str, tuple[str, ...]]:
    """How a job ended: the heading, and the sentences. `scenario` names the one refused."""
    if state.trouble is None:
        told, fix = CANCELLED
        return told, (fix,)
    told, fix = ENDS[state.trouble]
    if state.trouble is not Trouble.INPUT:
        return told, (fix,)
    return told, (REASONS[state.reason].format(scenario=scenario), fix)


def technical(state: Ended) -> str:
    """What the program says of it, in English as on the command line."""
    return f"{state.message} {state.fix}".strip()


def title(state: Ended) -> str:
    """The heading of a job."""
    match state.state:
        case JobState.QUEUED:
            return "Scenarioet venter på tur"
        case JobState.CANCELLED:
            return "Scenarioet er avbrutt"
        case JobState.FAILED:
            return "Scenarioet ble ikke ferdig"
        case JobState.RUNNING | JobState.DONE:
            return "Scenarioet regnes ut"


def step(state: Ended, progress: Progress) -> str:
    """What it does now."""
    if state.state is JobState.QUEUED:
        return "Venter på at jobben foran blir ferdig."
    if not progress.step:
        return "Gjør klart."
    # The longest beginning that fits: one sentence begins as another does.
    said = max((each for each in STEPS if progress.name.startswith(each)), key=len, default="")
    return f"Steg {progress.step} av {progress.steps}: {STEPS.get(said, 'Regner')}."


def left(progress: Progress) -> str:
    """How long the step will take, where that can be told."""
    seconds = progress.seconds_left
    if seconds is None:
        return ""
    if seconds < 90:
        return f"Omtrent {NUMBERS.decimal(seconds)} sekunder igjen av steget."
    return f"Omtrent {NUMBERS.decimal(round(seconds / 60))} minutter igjen av steget."
