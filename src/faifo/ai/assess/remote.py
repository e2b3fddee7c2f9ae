"""A model in a process of its own that ends with its object; see worker for the bounds."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from faifo.ai.assess import wire
from faifo.ai.assess.columns import MAX_CLASSES
from faifo.ai.assess.pickles import refuse_pickle
from faifo.ai.assess.request import Request
from faifo.ai.assess.saying import said
from faifo.ai.assess.scoring import Raw
from faifo.ai.evidence import digest
from faifo.errors import Fact, NotFoundError, SettingsError, TooLargeError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    import polars as pl

MAX_BYTES: Final = 2**30
ANSWER_SECONDS: Final = 600
_FUNCTION: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
_SPOKEN: Final = 2**20
_LENGTH: Final = 1200
_PHRASES: Final = "errors.told.ai."
# One thread a model: threads that wait for a core that others use take it from them.
_ONE: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG", "SYSTEMROOT", "PYTHONDONTWRITEBYTECODE")


# CPU seconds of each process as it told them last: the system counts a process when it ends.
_SPENT: Final[dict[int, float]] = {}


def spent() -> float:
    """Return the CPU seconds of all processes so far."""
    return sum(_SPENT.values())


class Worker:
    """One process; of a stranger's model, it is shut in and has none of our environment.

    `kind` is what runs there: `stranger`, `own` (code of the user's) or `ours`.
    """

    def __init__(self, name: str, kind: str) -> None:
        self.name = name
        own = kind == "own"
        told = {key: value for key, value in os.environ.items() if own or key in _KEPT}
        self._process = subprocess.Popen(  # noqa: S603 - this program's own module
            [sys.executable, *([] if own else ["-I"]), "-m", "faifo.ai.assess.worker", kind],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if own else subprocess.DEVNULL,
            cwd=None if own else "/",
            env=told | _ONE,
            start_new_session=True,
        )
        self._end = weakref.finalize(self, _end, self._process)

    def tell(self, told: dict[str, Any], body: bytes = b"") -> None:
        """Ask for something; the answer is heard later."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe
        try:
            wire.send(self._process.stdin, told, body)
        except BrokenPipeError:
            raise self._died() from None

    def hear(self, limit: int = _SPOKEN) -> tuple[dict[str, Any], bytes]:
        """Return the answer.

        Raises:
            SettingsError: it was refused, or the process is gone or says too much.
        """
        assert self._process.stdout is not None  # noqa: S101 - a pipe
        watch = threading.Timer(ANSWER_SECONDS, self._process.kill)
        watch.start()
        try:
            heard = wire.receive(self._process.stdout, limit)
        finally:
            watch.cancel()
        if heard is None:
            raise self._died()
        told = heard[0]
        cpu = told.get("cpu")
        if isinstance(cpu, float) and cpu >= 0:
            _SPENT[self._process.pid] = cpu
        if "too_large" in told:
            raise TooLargeError(what=_fact(told["too_large"][0]), limit=int(told["too_large"][1]))
        if "refused" in told:
            what, expected, advice = map(_fact, told["refused"])
            raise SettingsError(what=what, expected=expected, advice=advice)
        if "failed" in told:
            raise SettingsError(
                what=Phrase(
                    "errors.told.ai.model.failed", name=self.name, why=_text(told["failed"])
                ),
                expected=Phrase("errors.told.ai.model.takes"),
                advice=Phrase("errors.told.ai.model.drop"),
            )
        return heard

    def ask(
        self, told: dict[str, Any], body: bytes = b"", limit: int = _SPOKEN
    ) -> tuple[dict[str, Any], bytes]:
        """Ask and return the answer."""
        self.tell(told, body)
        return self.hear(limit)

    def scores(self, frame: pl.DataFrame) -> Raw:
        """Return what the model answers for the rows."""
        limit = frame.height * MAX_CLASSES * 24 + _SPOKEN
        told, body = self.ask({"do": "score"}, wire.of_table(frame), limit)
        try:
            names = {int(place): _text(name) for place, name in told["names"].items()}
            return Raw(wire.as_array(told, body), names)
        except (KeyError, ValueError, TypeError, AttributeError):
            raise self._died() from None

    def _died(self) -> SettingsError:
        self._end()
        return SettingsError(
            what=Phrase("errors.told.ai.model.died", name=self.name),
            expected=Phrase("errors.told.ai.model.within"),
            advice=Phrase("errors.told.ai.model.fewer"),
        )


@dataclass(frozen=True)
class Model:
    """A model that was opened in a process of its own."""

    name: str
    sha256: str
    worker: Worker
    kind: str
    names: tuple[str, ...] | None = None
    notes: frozenset[str] = frozenset()
    remarks: tuple[str, ...] = ()
    # There is an estimator in it that can be trained again.
    again: bool = False
    opening: tuple[dict[str, Any], bytes] = field(default=({}, b""), repr=False)

    def another(self) -> Worker:
        """Return one more process with the same model."""
        worker = Worker(self.name, self.kind)
        worker.ask(*self.opening)
        return worker


def open_model(request: Request) -> Model:
    """Open the file that is named, or the function `module:function`.

    Raises:
        NotFoundError, TooLargeError, SettingsError: with the reason.
    """
    where = request.model or ""
    path = Path(where)
    own = not path.exists() and bool(_FUNCTION.match(where))
    body = b""
    if not own:
        if not path.is_file():
            raise NotFoundError(what=Phrase("errors.told.ai.model.file"), name=where)
        if path.stat().st_size > MAX_BYTES:
            raise TooLargeError(
                what=Phrase("errors.told.ai.model.the", name=path.name), limit=MAX_BYTES
            )
        body = path.read_bytes()
        refuse_pickle(path, body)
    name = where if own else path.name
    opening = {"do": "open", "name": name, "function": own, "trust": list(request.trust),
               "output": request.output, "path": sys.path if own else []}  # fmt: skip
    kind = "own" if own else "stranger"
    worker = Worker(name, kind)
    told, _ = worker.ask(opening, body)
    if own:
        remarks = [said("own-code", name=name)]
    else:
        remarks = [said("shut-in" if told.get("shut_in") else "not-shut-in", name=name)]
    names = told.get("names")
    return Model(
        name,
        _text(told.get("sha256")) if own else digest(body),
        worker,
        kind,
        None if names is None else tuple(_text(one) for one in names),
        frozenset(_text(note) for note in told.get("notes", [])),
        tuple(remarks),
        bool(told.get("again")),
        (opening, body),
    )


def _text(value: Any) -> str:
    """Return what a process said, of bounded length and without signs that a terminal obeys."""
    return "".join(sign if sign.isprintable() else " " for sign in str(value or "")[:_LENGTH])


def _fact(value: Any, depth: int = 2) -> Fact:
    """Return what a process said as a phrase of this room's, if it is one; else as a text."""
    if depth and isinstance(value, dict) and isinstance(facts := value.get("facts"), dict):
        said = {str(name): _fact(fact, depth - 1) for name, fact in facts.items()}
        phrase = Phrase(str(value.get("key")), **said)
        try:
            if phrase.key.startswith(_PHRASES) and str(phrase):
                return phrase
        except (KeyError, ValueError):
            pass  # neither a phrase nor its facts: a model may say anything
    return _text(value)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                continue
    process.wait()
