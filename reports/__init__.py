"""What is shown: a Document built once, and one writer per file format."""

from collections.abc import Callable
from typing import Final

from reports.capacity_plan import capacity_plan
from reports.document import Document

REPORTS: Final[dict[str, Callable[..., Document]]] = {"capacity_plan": capacity_plan}
