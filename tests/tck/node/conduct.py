"""A conduct that plays scripts: after a pause the next step, and where there is none, hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from faifo.node.exchange.conduct import Access, Act, Hold
from faifo.store.contract import Transaction
from faifo.store.records import Negotiation, Process, Transfer
from tck.node.scripts import Script, Step

# The kit is ready for our next message a while after it has our answer (dsp-dcp.md 2.4); what
# comes earlier is answered 404 or 409 and uses up the handler that waited for it.
PAUSE = timedelta(milliseconds=500)
REASON = ("the script of this test says so",)


class ScriptedConduct:
    """Plays the script of a process's dataset (negotiations) or agreement (transfers).

    How often a process has reached a state is remembered here, by revision of its record, so that
    asking twice about one revision gives one answer. A new process of the node begins anew.
    """

    every_access = False

    def __init__(self, scripts: Iterable[Script], *, pause: timedelta = PAUSE) -> None:
        self._steps = {script.subject: script.steps for script in scripts if script.subject}
        self._pause = pause
        self._seen: dict[tuple[str, str], list[int]] = {}

    async def negotiation(
        self,
        tx: Transaction | None,  # noqa: ARG002
        record: Negotiation,
        *,
        now: datetime,
    ) -> Act | Hold:
        return self._play(record, record.dataset, record.state, now)

    async def transfer(
        self,
        tx: Transaction | None,  # noqa: ARG002
        record: Transfer,
        *,
        now: datetime,
    ) -> Act | Hold:
        return self._play(record, record.agreement or "", record.state, now)

    async def access(
        self,
        tx: Transaction | None,  # noqa: ARG002
        record: Transfer,  # noqa: ARG002
        *,
        asks: bool,
        now: datetime,  # noqa: ARG002
    ) -> Act | Hold:
        return Hold() if asks else Act(Access.LET)

    def _play(self, record: Process, subject: str, state: str | None, now: datetime) -> Act | Hold:
        steps: tuple[Step, ...] = self._steps.get(subject, ())
        revisions = self._seen.setdefault((record.pid, state or ""), [])
        if record.revision not in revisions:
            revisions.append(record.revision)
        here = [step for step in steps if step.state == state]
        visit = revisions.index(record.revision)
        if visit >= len(here):
            return Hold()
        return Act(here[visit].message, not_before=now + self._pause, reason=REASON)
