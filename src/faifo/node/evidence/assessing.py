"""A table of answers that was uploaded: measured in a process of its own, and made into a passport.

What was found lies beside the upload and goes with it, within a day if it is not published. One is
measured at a time; what is broken off, by its time or by the node's end, leaves nothing.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from faifo import clock, ids
from faifo.api.assessments import Assessment, AssessmentOrder, PassportDraft, PassportOrder
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.node.custody.current_keys import CurrentKeys
from faifo.node.offering.uploads import Uploads
from faifo.node.settings.model import Settings
from faifo.phrases import Phrase, say

MOST_SECONDS: Final = 600
EVIDENCE: Final = ".evidence.json"
RUN_TIMES: Final = ".run.json"
SIGNED: Final = ".passport.json"
STEPS: Final = 10
_KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "LANG")


@dataclass
class _Running:
    """How far one is, and why it failed, by language."""

    upload: str
    step: str = "read"
    done: int = 0
    total: int = STEPS
    why: Mapping[str, str] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None


class Assessing:
    """The use cases of one node."""

    def __init__(
        self, *, settings: Settings, did: str, uploads: Uploads, keys: CurrentKeys
    ) -> None:
        self._settings = settings
        self._did = did
        self._uploads = uploads
        self._keys = keys
        self._last: _Running | None = None

    def begin(self, upload: str, order: AssessmentOrder) -> Assessment:
        """Begin to measure an upload.

        Raises:
            NotFoundError: it is not there.
            ConflictError: another one is measured.
        """
        path = self._uploads.find(upload)
        if self._last and self._last.task and not self._last.task.done():
            raise ConflictError(
                what=Phrase("errors.told.assess.running"),
                advice=Phrase("errors.told.assess.later"),
            )
        for name in (EVIDENCE, RUN_TIMES, SIGNED):
            (path.parent / name).unlink(missing_ok=True)
        self._last = running = _Running(upload)
        running.task = asyncio.create_task(self._run(running, path, order))
        return self.find(upload, "en")

    def find(self, upload: str, lang: str) -> Assessment:
        """Return how far it is, or what was found; `why` it failed in `lang`.

        Raises:
            NotFoundError: no such upload.
        """
        path = self._uploads.find(upload)
        known: dict[str, Any] = {"upload": upload, "name": path.name}
        last = self._last if self._last and self._last.upload == upload else None
        if last and last.task and not last.task.done():
            known |= {"step": last.step, "done": last.done, "total": last.total}
            return Assessment(**known, state="running")
        if (evidence := _text(path.parent / EVIDENCE)) is not None:
            return Assessment(
                **known,
                state="done",
                evidence=evidence,
                run_times=_text(path.parent / RUN_TIMES),
                signed=_text(path.parent / SIGNED),
            )
        if last:
            return Assessment(**known, state="failed", why=last.why.get(lang) or _broken(lang))
        return Assessment(**known, state="none")

    async def _run(self, running: _Running, path: Path, order: AssessmentOrder) -> None:
        given = {name: value for name, value in msgspec.to_builtins(order).items() if value}
        asked = {
            "data": str(path),
            "evidence": str(path.parent / EVIDENCE),
            "run_times": str(path.parent / RUN_TIMES),
            "request": given,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "faifo.ai.assess.job"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT if name in os.environ},
            cwd="/",
        )
        assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - pipes
        try:
            async with asyncio.timeout(MOST_SECONDS):
                process.stdin.write(json.dumps(asked).encode() + b"\n")
                async for line in process.stdout:
                    told = json.loads(line)
                    if refused := told.get("refused"):
                        running.why = refused
                    else:
                        running.step, running.done = told["step"], told["done"]
                        running.total = told["total"]
                await process.wait()
        except (TimeoutError, OSError, ValueError):
            pass  # it is said to have broken off
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def stop(self) -> None:
        """Break off what is measured."""
        if self._last and self._last.task:
            self._last.task.cancel()
            await asyncio.gather(self._last.task, return_exceptions=True)

    def passport(self, upload: str, order: PassportOrder) -> PassportDraft:
        """Return a passport of what was found, signed by this node if that is asked.

        Raises:
            NotFoundError: nothing was measured.
            SettingsError: the description is incomplete, with the place.
        """
        from faifo.ai.evidence import RunTime, read_evidence
        from faifo.ai.passport import dsse
        from faifo.ai.passport.build import Description, build, check_size, sign

        path = self._uploads.find(upload)
        evidence = _text(path.parent / EVIDENCE)
        if evidence is None:
            raise NotFoundError(what=Phrase("errors.told.assess.noun"), name=upload[:100])
        own = {"name": self._settings.node.name or self._did, "did": self._did}
        own["economy"] = self._settings.node.economy
        try:
            about = msgspec.convert({"issuer": own, **order.about}, Description)
        except msgspec.ValidationError as error:
            raise SettingsError(
                what=Phrase("errors.told.ai.passport.description", error=error),
                expected=Phrase("errors.told.ai.passport.toml"),
            ) from None
        times = _text(path.parent / RUN_TIMES) or "[]"
        made = build(
            about,
            read_evidence(evidence.encode()),
            id=ids.new_urn(now := clock.now()),
            did=self._did,
            now=now,
            run_times=msgspec.json.decode(times, type=list[RunTime]),
        )
        check_size(made)
        draft = msgspec.json.encode(made).decode()
        if not order.sign:
            return PassportDraft(passport=draft)
        envelope = sign(made, self._keys.passport())
        (path.parent / SIGNED).write_bytes(envelope)
        return PassportDraft(passport=draft, sha256=dsse.name(envelope), signed=envelope.decode())


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None


def _broken(lang: str) -> str:
    return say("errors.told.assess.broken", lang)
