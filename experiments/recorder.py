"""A process beside the main job that talks to the run store."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from experiments import mlflow_store
from forecasting.errors import ComputationError

# The first start makes the store's tables: 3-11 s measured, more on a busy machine.
PATIENCE_SECONDS = 90.0


class Recorder:
    """Starts the process on entering, and ends it on leaving; `ask` talks to it in between.

    `store` is the database file, `artifacts` the folder of the runs' files. What has been
    answered is stored; ending the process at any other time leaves the store whole.
    """

    def __init__(self, store: Path, artifacts: Path, *, patience: float = PATIENCE_SECONDS) -> None:
        self._arguments = [str(store), str(artifacts)]
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._talk: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the process; it makes the store ready on its own."""
        root = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
        self._talk = tempfile.TemporaryFile()
        # Our own interpreter and module; the arguments are two paths.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-P", "-m", mlflow_store.__name__, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._talk,
            env=os.environ | mlflow_store.SETTINGS | {"PYTHONPATH": path},
            text=True,
            encoding="utf-8",
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process; one that does not listen is killed."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
        if self._talk is not None:
            self._talk.close()
        self._process = None

    def ask(self, **request: object) -> Any:
        """The answer to one request. Raises ComputationError saying why there is none."""
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            raise ComputationError("the recorder was not started.")
        # A recorder that hangs is ended, and its silence is the answer.
        guard = threading.Timer(self._patience, process.kill)
        guard.start()
        try:
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            guard.cancel()
        answer = json.loads(line) if line else {"error": self._last_words()}
        if "error" in answer:
            raise ComputationError(answer["error"])
        return answer["answer"]

    def _last_words(self) -> str:
        if self._talk is None:
            return "the recorder ended."
        self._talk.seek(0)
        said = self._talk.read().decode("utf-8", "replace").strip().splitlines()
        return said[-1][:200] if said else f"no answer within {self._patience:g} s."
