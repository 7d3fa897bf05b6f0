"""python -m tests.bench [main]: run the benchmark, or one part of it."""

from tests.bench.main_job import main

main()
