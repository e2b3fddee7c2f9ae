"""What a verifier fetches: status lists, schemas, lists of recognition. Each is kept for a while.

Every address here was named by somebody proven: an issuer's signed credential, or its DID document.
The address rules of the node hold all the same, and no redirect is followed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from faifo import clock
from faifo.api.node import What
from faifo.errors import FaifoError, MalformedMessageError, NotProvenError, UnreachableError
from faifo.messages.strict_json import parse
from faifo.node.custody.trust_file import TrustFile
from faifo.node.outward.remembered import Remembered
from faifo.node.outward.resolver import Resolver
from faifo.node.outward.sources import Sources
from faifo.phrases import Phrase
from faifo.trust.dcp.json_schema import check_schema
from faifo.trust.dcp.recognition import Believed, RecognitionList, read_recognition
from faifo.trust.dcp.status import StatusSubject, check_status
from faifo.trust.dcp.status_list import STEP, StatusList, StatusRules, read_status_list

log = logging.getLogger("faifo.credentials")

SCHEMA_MEMORY = timedelta(minutes=5)
RECOGNITION_PATH = "/recognition"
ISSUER_SERVICE = "IssuerService"


class LookingUp:
    """The caches of one node."""

    def __init__(
        self,
        sources: Sources,
        resolver: Resolver,
        trust: TrustFile,
        *,
        memory: timedelta,
        pause: timedelta,
        rules: StatusRules,
    ) -> None:
        self._sources = sources
        self._resolver = resolver
        self._trust = trust
        self._rules = rules
        self._lists = Remembered(
            self._fetch_list, memory=memory, pause=pause, until=lambda one: one.valid_until
        )
        self._schemas = Remembered(self._fetch_schema, memory=SCHEMA_MEMORY, pause=pause)
        self._recognitions = Remembered(
            self._fetch_recognition, memory=memory, pause=pause, until=lambda one: one.until
        )

    async def status_lists(self, subjects: Iterable[StatusSubject]) -> dict[str, StatusList]:
        """Return the lists that `subjects` name; raises as `status`."""
        return {one.entry.url: await self._lists.get(_name(one)) for one in subjects}

    async def status(self, subjects: Iterable[StatusSubject], *, fresh: bool = False) -> None:
        """Return if nothing of `subjects` is withdrawn, as far as the caches know.

        With `fresh` the lists are fetched now.

        Raises:
            NotProvenError: it is withdrawn, or a list is not what it should be.
            UnreachableError: a list cannot be had now.
        """
        for subject in subjects:
            found = await self._lists.get(_name(subject), fresh=fresh)
            document = await self._resolver.resolve(subject.issuer)
            try:
                check_status(subject, found, document, rules=self._rules, now=clock.now())
            except NotProvenError:
                # The issuer may have changed its keys since we looked.
                newer = await self._resolver.resolve(subject.issuer, fresh=True)
                if newer == document:
                    raise
                check_status(subject, found, newer, rules=self._rules, now=clock.now())

    async def schemas(self, urls: Iterable[str]) -> dict[str, Any]:
        """Return the schemas; raises as `status`."""
        return {url: await self._schemas.get(url) for url in dict.fromkeys(urls)}

    async def recognition(self) -> Believed:
        """Return who is believed for what now.

        An authority whose list cannot be had, or is out of date, recognises nobody meanwhile; in
        the first case a refusal is not the last word, see `Believed.lacking`.
        """
        issuers, lists, lacking = self._trust.issuers(), [], []
        for issuer in issuers:
            if issuer.recognises:
                try:
                    lists.append(await self._recognitions.get(issuer.did))
                except UnreachableError:
                    lacking.append(issuer.did)
                except FaifoError as error:
                    log.warning("whom %s recognises is not known: %s", issuer.did, error)
        return Believed(issuers=issuers, lists=tuple(lists), lacking=tuple(lacking))

    async def _fetch_list(self, name: str) -> StatusList:
        issuer, _, url = name.partition(" ")
        answer = await self._sources.get(
            What.STATUS, url, who=issuer, named=f"the status list {url} of {issuer}"
        )
        if answer.status != 200:
            raise NotProvenError(
                step=STEP,
                reason=Phrase("errors.told.answered.not-200", url=url, status=answer.status),
            )
        return read_status_list(answer.body, url=url)

    async def _fetch_schema(self, url: str) -> Any:
        answer = await self._sources.get(What.SCHEMA, url, who=url, named=f"the schema {url}")
        step = "DCP 1.0 §5.4.3 schema"
        if answer.status != 200:
            raise NotProvenError(
                step=step,
                reason=Phrase(
                    "errors.told.answered.bytes",
                    url=url,
                    status=answer.status,
                    size=len(answer.body),
                ),
            )
        try:
            schema = parse(answer.body)
        except MalformedMessageError as error:
            raise NotProvenError(
                step=step, reason=Phrase("errors.told.schema.at", url=url, why=error.said())
            ) from None
        wrong = check_schema(schema)
        if wrong:
            raise NotProvenError(
                step=step, reason=Phrase("errors.told.schema.at", url=url, why=wrong)
            )
        return schema

    async def _fetch_recognition(self, did: str) -> RecognitionList:
        document = await self._resolver.resolve(did)
        endpoint = document.endpoint(ISSUER_SERVICE)
        if endpoint is None:
            raise NotProvenError(
                step="recognition", reason=Phrase("errors.told.did.no-issuer-service", did=did)
            )
        url = endpoint.rstrip("/") + RECOGNITION_PATH
        answer = await self._sources.get(
            What.RECOGNITION, url, who=did, named=f"the recognition list of {did}"
        )
        if answer.status != 200:
            raise NotProvenError(
                step="recognition",
                reason=Phrase("errors.told.answered.status", url=url, status=answer.status),
            )
        text = answer.body.decode("ascii", "replace").strip()
        return read_recognition(text, by=did, document=document, now=clock.now())


def _name(subject: StatusSubject) -> str:
    """Return what a list is remembered by: whose it is, and where."""
    return f"{subject.issuer} {subject.entry.url}"


def settled(error: NotProvenError, recognition: Believed) -> FaifoError:
    """Return what a refusal of an issuer is: the last word only if every list could be had."""
    if not recognition.lacking:
        return error
    who = f"the recognition list of {recognition.lacking[0]}"
    return UnreachableError(who=who, reason=Phrase("errors.told.did.until", reason=error.reason))
