"""`SyncClient`: the client for programs without await. Every method is that of `Client`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from faifo.client import background
from faifo.client.client import ENDS, PATIENCE, SETTLING, Client, P

if TYPE_CHECKING:
    from faifo.client.download import Downloaded, Progress
    from faifo.client.records import (
        Agreement,
        Assurance,
        Catalog,
        Dataset,
        JudgedPassport,
        Judgement,
        Negotiation,
        Node,
        PassportRecognition,
        Publication,
        Timeline,
        Transfer,
        Withdrawn,
    )

T = TypeVar("T")


class SyncClient:
    """A node's management API, without await.

    Use as `with SyncClient.connect() as client`, or `with SyncClient(url, key) as client`.
    """

    def __init__(self, url: str, key: str) -> None:
        self._client = Client(url, key)

    @classmethod
    def connect(cls, directory: Path | str | None = None) -> SyncClient:
        """Return a client for the running node of `directory`; see `Client.connect`."""
        from faifo.client.finding import find_node

        found = find_node(directory)
        return cls(found.url, found.key)

    def __enter__(self) -> SyncClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        background.run(self._client.close())

    # ── this node ────────────────────────────────────────────────────────────────────────────

    def node(self) -> Node:
        return background.run(self._client.node())

    def publish(self, publication: Publication) -> Dataset:
        return background.run(self._client.publish(publication))

    def unpublish(self, dataset: str) -> Dataset:
        return background.run(self._client.unpublish(dataset))

    def withdraw_passport(self, withdrawal: str) -> Withdrawn:
        return background.run(self._client.withdraw_passport(withdrawal))

    def keep_recognition(self, recognition: str) -> PassportRecognition:
        return background.run(self._client.keep_recognition(recognition))

    def passport_recognitions(self, **narrowed: str) -> Iterator[PassportRecognition]:
        return _each(self._client.passport_recognitions(**narrowed))

    def datasets(self, **narrowed: str) -> Iterator[Dataset]:
        return _each(self._client.datasets(**narrowed))

    def negotiations(self, **narrowed: str) -> Iterator[Negotiation]:
        return _each(self._client.negotiations(**narrowed))

    def agreements(self, **narrowed: str) -> Iterator[Agreement]:
        return _each(self._client.agreements(**narrowed))

    def transfers(self, **narrowed: str) -> Iterator[Transfer]:
        return _each(self._client.transfers(**narrowed))

    def timeline(self, name: str) -> Timeline:
        return background.run(self._client.timeline(name))

    # ── credentials, and the authority's desk ────────────────────────────────────────────────

    def credentials(self) -> list[dict[str, Any]]:
        return background.run(self._client.credentials())

    def credential_offers(self) -> list[dict[str, Any]]:
        return background.run(self._client.credential_offers())

    def request_credentials(
        self, issuer: str, types: Sequence[str], *, profile: str | None = None
    ) -> dict[str, Any]:
        return background.run(self._client.request_credentials(issuer, types, profile=profile))

    def members(self) -> list[dict[str, Any]]:
        return background.run(self._client.members())

    def decide_member(
        self,
        action: str,
        did: str,
        *,
        reason: str = "",
        claims: Mapping[str, str] | None = None,
        types: Sequence[str] = (),
    ) -> dict[str, Any]:
        decided = self._client.decide_member(action, did, reason=reason, claims=claims, types=types)
        return background.run(decided)

    def recognitions(self) -> list[dict[str, Any]]:
        return background.run(self._client.recognitions())

    def assure(
        self,
        did: str,
        passport: str,
        pack: str = "asean",
        *,
        pack_toml: str | None = None,
        framework: str = "",
        opinion: Mapping[str, str] | None = None,
    ) -> Assurance:
        assured = self._client.assure(
            did, passport, pack, pack_toml=pack_toml, framework=framework, opinion=opinion
        )
        return background.run(assured)

    def recognise(self, did: str, types: Sequence[str], until: datetime) -> dict[str, Any]:
        return background.run(self._client.recognise(did, types, until))

    # ── other nodes ──────────────────────────────────────────────────────────────────────────

    def catalog(self, node: str) -> Catalog:
        return background.run(self._client.catalog(node))

    def check_passport(
        self, node: str, dataset: str, pack: str = "asean", *, pack_toml: str | None = None
    ) -> JudgedPassport:
        return background.run(self._client.check_passport(node, dataset, pack, pack_toml=pack_toml))

    def review_passport(
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
        return background.run(
            self._client.review_passport(
                node,
                dataset,
                pack,
                person=person,
                outcome=outcome,
                reason=reason,
                pack_toml=pack_toml,
            )
        )

    def judgements(self, **narrowed: str) -> Iterator[Judgement]:
        return _each(self._client.judgements(**narrowed))

    def judgement(self, name: str) -> Judgement:
        return background.run(self._client.judgement(name))

    def negotiate(
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
        return background.run(
            self._client.negotiate(
                node,
                dataset,
                purpose=purpose,
                offer=offer,
                accept_terms=accept_terms,
                reuse=reuse,
                patience=patience,
                watch=watch,
            )
        )

    def start_transfer(
        self,
        agreement: str,
        *,
        patience: float = PATIENCE,
        watch: Callable[[Transfer], None] | None = None,
    ) -> Transfer:
        return background.run(
            self._client.start_transfer(agreement, patience=patience, watch=watch)
        )

    def download(
        self,
        node: str,
        dataset: str,
        target: Path | str | None = None,
        *,
        purpose: str | None = None,
        patience: float = PATIENCE,
        progress: Progress | None = None,
    ) -> Downloaded:
        return background.run(
            self._client.download(
                node, dataset, target, purpose=purpose, patience=patience, progress=progress
            )
        )

    def negotiation(self, pid: str) -> Negotiation:
        return background.run(self._client.negotiation(pid))

    def transfer(self, pid: str) -> Transfer:
        return background.run(self._client.transfer(pid))

    def complete(self, transfer: str) -> Transfer:
        return background.run(self._client.complete(transfer))

    def terminate(self, transfer: str, reason: str = "") -> Transfer:
        return background.run(self._client.terminate(transfer, reason))

    def suspend(self, transfer: str, reason: str = "") -> Transfer:
        return background.run(self._client.suspend(transfer, reason))

    def resume(self, transfer: str) -> Transfer:
        return background.run(self._client.resume(transfer))

    def terminate_negotiation(self, negotiation: str, reason: str = "") -> Negotiation:
        return background.run(self._client.terminate_negotiation(negotiation, reason))

    def settle(self, process: P, *, patience: float = SETTLING, states: frozenset[str] = ENDS) -> P:
        return background.run(self._client.settle(process, patience=patience, states=states))


def _each(items: AsyncIterator[T]) -> Iterator[T]:
    """Yield what comes, one at a time, so that a long list is not fetched for its first item."""

    async def following() -> tuple[T, ...]:
        try:
            return (await anext(items),)
        except StopAsyncIteration:
            return ()

    while found := background.run(following()):
        yield found[0]
