"""One tree of errors; each says what was wrong, where, and how to mend it."""

from collections.abc import Sequence

from forecasting.findings import Finding


class PlassplanError(Exception):
    """A fault that the user can act on.

    The message names what was wrong, where, and with which value (masked if it can
    identify a person). `fix` is one sentence on how to mend it. `exit_code` is what the
    command line returns for it.
    """

    exit_code = 4

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.message} {self.fix}".strip()


class UsageError(PlassplanError):
    """A command was called with words or values that it does not take."""

    exit_code = 2


class InputError(PlassplanError):
    """A file or a configuration is missing or wrong."""

    exit_code = 3


class RefusedError(InputError):
    """A file was refused for what its findings say; they are worded where they are shown."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        codes = ", ".join(f"{each.code} (row {each.row})" for each in findings)
        super().__init__(f"{name!r} was refused: {codes}.")
        self.name = name
        self.findings = tuple(findings)


class ComputationError(PlassplanError):
    """The input was fine, but the computation could not finish."""

    exit_code = 4
