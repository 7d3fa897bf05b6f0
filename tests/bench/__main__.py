"""python -m tests.bench [main|planner|speed|engine|forecasts]: the benchmark, or one part of it."""

import argparse

from tests.bench import engine, forecasts, main_job, planner, speed

PARTS = {
    "main": main_job,
    "planner": planner,
    "speed": speed,
    "engine": engine,
    "forecasts": forecasts,
}


def main() -> None:
    """Run the part that is named, or all with their defaults."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parts = parser.add_subparsers(dest="part")
    for name, module in PARTS.items():
        module.add_arguments(parts.add_parser(name, help=(module.__doc__ or "").splitlines()[0]))
    given = parser.parse_args()
    for name in [given.part] if given.part else PARTS:
        PARTS[name].run(given if given.part else parser.parse_args([name]))


if __name__ == "__main__":
    main()
