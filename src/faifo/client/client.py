"""`Client`: one method for each thing that a node can be asked to do.

Errors are those of `faifo.errors`, with the sentences that the node made. Waiting is done by long
polls: the node answers when something has changed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

import msgspec

from faifo import clock
from faifo.client.asking import IDLE, ROOT, R
from faifo.client.credentials import CredentialCalls
from faifo.client.records import (
    Agreement,
    Catalog,
    Dataset,
    JudgedPassport,
    Judgement,
    Negotiation,
    Node,
    Page,
    PassportRecognition,
    Process,
    Publication,
    Timeline,
    Transfer,
    Withdrawn,
)
from faifo.client.transport import Answer, Body
from faifo.errors import ConflictError, RefusedError, SettingsError, UnreachableError

if TYPE_CHECKING:
    from faifo.client.download import Downloaded, Progress

PATIENCE = 60.0
SETTLING = 5.0
ENDS = frozenset({"TERMINATED", "COMPLETED"})
LONGEST_POLL = 50.0

P = TypeVar("P", bound=Process)


class StillWaitingError(UnreachableError):
    """Our patience is over, the process goes on; `faifo show` tells how it ends."""

    def __init__(self, *, kind: str, process: Process, seconds: float) -> None:
        super().__init__(who=process.peer, reason="no decision in time")
        self.kind = kind
        self.process = process
        self.seconds = seconds

    def sentence(self) -> str:
        process = self.process
        state = process.state or "not acknowledged yet"
        tries = "".join(
            f"; {row.message} was tried {row.attempts} times"
            + (f", last error: {row.last_error}" if row.last_error else "")
            for row in process.outbox
        )
        return (
            f"the {self.kind} {process.pid} with {process.peer} is still {state} "
            f"after {self.seconds:g} s{tries}; it goes on, look with: faifo show {process.pid}"
        )


class Client(CredentialCalls):
    """A node's management API.

    Use as `async with Client.connect() as client`, or `async with Client(url, key) as client`;
    `key` is the content of the node's manage.key.
    """

    # ── this node ────────────────────────────────────────────────────────────────────────────

    async def node(self) -> Node:
        """Return who this node is."""
        return await self._ask("GET", "/node", Node)

    async def publish(self, publication: Publication) -> Dataset:
        """Publish a file or an HTTP API.

        Raises:
            ConflictError: a dataset of that id is published.
            SettingsError: the location may not be published.
        """
        # A large file is hashed first.
        return await self._ask("POST", "/datasets", Dataset, publication, idle=None)

    async def unpublish(self, dataset: str) -> Dataset:
        """Take a dataset out of the catalog and close it for running transfers."""
        return await self._ask("DELETE", f"/datasets/{_segment(dataset)}", Dataset)

    async def withdraw_passport(self, withdrawal: str) -> Withdrawn:
        """Publish a signed withdrawal: the catalog shows it, and running transfers are refused.

        Of a recognition: it counts no more.
        """
        return await self._ask(
            "POST", "/passports/withdrawals", Withdrawn, {"withdrawal": withdrawal}
        )

    async def keep_recognition(self, recognition: str) -> PassportRecognition:
        """Have this node count an issuer's evidence as a signed recognition of its own says."""
        return await self._ask(
            "POST", "/passports/recognitions", PassportRecognition, {"recognition": recognition}
        )

    def passport_recognitions(self, **narrowed: str) -> AsyncIterator[PassportRecognition]:
        """Yield whose evidence this node has recognised, newest first."""
        return self._all("/passports/recognitions", Page[PassportRecognition], narrowed)

    def datasets(self, **narrowed: str) -> AsyncIterator[Dataset]:
        return self._all("/datasets", Page[Dataset], narrowed)

    def negotiations(self, **narrowed: str) -> AsyncIterator[Negotiation]:
        return self._all("/negotiations", Page[Negotiation], narrowed)

    def agreements(self, **narrowed: str) -> AsyncIterator[Agreement]:
        return self._all("/agreements", Page[Agreement], narrowed)

    def transfers(self, **narrowed: str) -> AsyncIterator[Transfer]:
        return self._all("/transfers", Page[Transfer], narrowed)

    async def timeline(self, name: str) -> Timeline:
        """Return what happened with a negotiation, transfer, agreement or dataset."""
        return await self._ask("GET", f"/timeline/{_segment(name)}", Timeline)

    # ── other nodes ──────────────────────────────────────────────────────────────────────────

    async def catalog(self, node: str) -> Catalog:
        """Return what `node` (a DID, URL or name of the trust file) offers to this node."""
        return await self._ask("POST", "/catalog", Catalog, {"node": node})

    async def check_passport(
        self, node: str, dataset: str, pack: str = "asean", *, pack_toml: str | None = None
    ) -> JudgedPassport:
        """Return this node's decision on the AI passport of a dataset: judged anew, and kept."""
        body = {"node": node, "dataset": dataset, "pack": pack}
        if pack_toml is not None:
            body["pack_toml"] = pack_toml
        return await self._ask("POST", "/passports/check", JudgedPassport, body)

    async def review_passport(
        self,
        node: str,
        dataset: str,
        pack: str = "asean",
        *,
        person: str,
        outcome: str,
        reason: str,
        pack_toml: str | None = None,
    ) -> JudgedPassport:
        """Keep what a person decides on a passport; `outcome` as in `faifo.ai.decision`.

        Raises:
            RefusedError: nobody can lift what speaks against it.
        """
        body = {"node": node, "dataset": dataset, "pack": pack, "person": person}
        body |= {"outcome": outcome, "reason": reason}
        if pack_toml is not None:
            body["pack_toml"] = pack_toml
        return await self._ask("POST", "/passports/reviews", JudgedPassport, body)

    def judgements(self, **narrowed: str) -> AsyncIterator[Judgement]:
        """Yield what was decided on passports of others, newest first."""
        return self._all("/passports/decisions", Page[Judgement], narrowed)

    async def judgement(self, name: str) -> Judgement:
        """Return one decision on a passport, with its reasons and as it was signed."""
        return await self._ask("GET", f"/passports/decisions/{_segment(name)}", Judgement)

    async def negotiate(
        self,
        node: str,
        dataset: str,
        *,
        purpose: str | None = None,
        offer: str | None = None,
        accept_terms: tuple[str, ...] = (),
        reuse: bool = True,
        patience: float = PATIENCE,
        watch: Callable[[Negotiation], None] | None = None,
    ) -> Negotiation:
        """Return the FINALIZED negotiation for a dataset.

        With `reuse` it may be an old one whose agreement is in force and fits. `patience` is in
        seconds; after it the negotiation goes on without us. `watch` sees each version of it.

        Raises:
            RefusedError: the negotiation was TERMINATED; carries the reasons.
            ConflictError: it waits for a person at this node.
            StillWaitingError: no end in time.
        """
        wanted: dict[str, Any] = {"node": node, "dataset": dataset, "reuse": reuse}
        more = {"purpose": purpose, "offer": offer, "accept_terms": accept_terms}
        wanted |= {name: value for name, value in more.items() if value}
        begun = await self._ask("POST", "/negotiations", Negotiation, wanted)
        return await self._wait(
            begun, "negotiation", "FINALIZED", patience=patience, watch=watch or _nothing
        )

    async def start_transfer(
        self,
        agreement: str,
        *,
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer:
        """Return a new transfer under `agreement`, STARTED; raises as `negotiate`."""
        begun = await self._ask("POST", "/transfers", Transfer, {"agreement": agreement})
        return await self._wait(
            begun, "transfer", "STARTED", patience=patience, watch=watch or _nothing
        )

    async def download(
        self,
        node: str,
        dataset: str,
        target: Path | str | None = None,
        *,
        purpose: str | None = None,
        patience: float = PATIENCE,
        progress: Progress | None = None,
    ) -> Downloaded:
        """Bring a dataset to a file that is whole and proven: negotiate if need be, and stream.

        `target` is a file or a folder; without it, the file gets the provider's name for it in the
        current folder. Raises as `faifo.client.download`.
        """
        from faifo.client.download import Wanted, download, place

        wanted = Wanted(node=node, dataset=dataset, purpose=purpose, patience=patience)
        if progress is not None:
            wanted = msgspec.structs.replace(wanted, progress=progress)
        return await download(self, wanted, *place(target))

    async def negotiation(self, pid: str) -> Negotiation:
        return await self._ask("GET", f"/negotiations/{_segment(pid)}", Negotiation)

    async def transfer(self, pid: str) -> Transfer:
        return await self._ask("GET", f"/transfers/{_segment(pid)}", Transfer)

    async def complete(self, transfer: str) -> Transfer:
        """Say that all data have arrived."""
        return await self._say("transfers", transfer, "completion", "", Transfer)

    async def terminate(self, transfer: str, reason: str = "") -> Transfer:
        """End a transfer."""
        return await self._say("transfers", transfer, "termination", reason, Transfer)

    async def suspend(self, transfer: str, reason: str = "") -> Transfer:
        """Pause a transfer."""
        return await self._say("transfers", transfer, "suspension", reason, Transfer)

    async def resume(self, transfer: str) -> Transfer:
        """Start a suspended transfer again."""
        return await self._say("transfers", transfer, "start", "", Transfer)

    async def settle(
        self, process: P, *, patience: float = SETTLING, states: frozenset[str] = ENDS
    ) -> P:
        """Return `process` once it is in one of `states`, or as it is after `patience` seconds.

        What this node says moves its own state only when the other side has acknowledged it.
        """
        kind = "transfer" if isinstance(process, Transfer) else "negotiation"
        until = clock.monotonic() + patience
        while process.state not in {*states, *ENDS} and (left := until - clock.monotonic()) > 0:
            process = await self._changed(kind, process, left)
        return process

    async def terminate_negotiation(self, negotiation: str, reason: str = "") -> Negotiation:
        """End a negotiation."""
        return await self._say("negotiations", negotiation, "termination", reason, Negotiation)

    @asynccontextmanager
    async def call(
        self,
        transfer: str,
        method: str = "GET",
        path: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        body: Body = None,
    ) -> AsyncIterator[Answer]:
        """Call the provider's endpoint of a STARTED transfer and give its answer as it is.

        `path` is what follows the endpoint, with any query; empty for the endpoint itself.

        Raises:
            SettingsError: the path has dot segments, which would lead out of the transfer.
        """
        below = path if not path or path.startswith(("/", "?")) else f"/{path}"
        _refuse_dots(below)
        target = f"{ROOT}/transfers/{_segment(transfer)}/data{quote(below, safe=_PATH_SAFE)}"
        fields = {**(headers or {}), "Authorization": self._authorization}
        fields.setdefault("Accept-Encoding", "identity")
        async with self._transport.request(
            method, target, headers=fields, body=body, idle=IDLE
        ) as answer:
            yield answer

    @asynccontextmanager
    async def fetch(
        self, transfer: str, *, first_byte: int = 0, if_range: str | None = None
    ) -> AsyncIterator[Answer]:
        """Read the data from `first_byte` on; from the start if `if_range` is not its tag any more.

        Spec: RFC 9110 §13.1.5.
        """
        headers = {}
        if first_byte:
            headers["Range"] = f"bytes={first_byte}-"
            if if_range:
                headers["If-Range"] = if_range
        async with self.call(transfer, headers=headers) as answer:
            yield answer

    # ── the way there ────────────────────────────────────────────────────────────────────────

    async def _say(self, table: str, pid: str, word: str, reason: str, kind: type[R]) -> R:
        body = {"reason": reason} if reason else {}
        return await self._ask("POST", f"/{table}/{_segment(pid)}/{word}", kind, body)

    async def _wait(
        self, process: P, kind: str, wanted: str, *, patience: float, watch: Callable[[P], None]
    ) -> P:
        until = clock.monotonic() + patience
        while True:
            watch(process)
            if process.state == wanted:
                return process
            if process.state in ENDS:
                reasons = process.reason or ("no reason given",)
                raise RefusedError(what=f"the {kind} {process.pid}", reasons=reasons)
            if process.hold is not None:
                raise ConflictError(
                    what=f"the {kind} {process.pid} waits for a person: {process.hold}",
                    advice=f"look with: faifo show {process.pid}",
                )
            left = until - clock.monotonic()
            if left <= 0:
                raise StillWaitingError(kind=kind, process=process, seconds=patience)
            process = await self._changed(kind, process, left, settled=watch is _nothing)

    async def _changed(self, kind: str, process: P, seconds: float, *, settled: bool = False) -> P:
        """Return `process` when it has another version, or after `seconds`.

        With `settled` versions on the way are not told: fewer answers that nobody looks at.
        """
        wait = max(1, round(min(seconds, LONGEST_POLL)))
        query = f"wait={wait}&version={process.version}{'&settled=1' if settled else ''}"
        return await self._ask("GET", f"/{kind}s/{_segment(process.pid)}?{query}", type(process))


_PATH_SAFE = "/?:@!$&'()*+,;=-._~%"


def _segment(name: str) -> str:
    return quote(name, safe=":@!$&'()*+,;=-._~")


def _refuse_dots(path: str) -> None:
    segments = unquote(path.partition("?")[0]).replace("\\", "/").split("/")
    if {".", ".."} & set(segments):
        raise SettingsError(
            what=f"the path {path!r} has dot segments", expected="a path below the API's base"
        )


def _nothing(_: object) -> None:
    """Watch nothing."""
