"""Publishing, and withdrawing what is published."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from faifo import ids
from faifo.api.datasets import Publication, TermsOrder
from faifo.dataplane.gate import StatSignature
from faifo.dataplane.headers import may_pass
from faifo.dataplane.locations import is_http, is_query, shown
from faifo.errors import ConflictError, NotFoundError, SettingsError
from faifo.folding import composed, slug
from faifo.kinds.kind import kind_of
from faifo.messages.dsp_2025_1 import equal_forms
from faifo.messages.dsp_2025_1 import terms as written
from faifo.messages.dsp_2025_1.criteria import OWN
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.messages.dsp_2025_1.query import Query
from faifo.node.custody.private_files import Looker, is_of_node, named_so, node_above
from faifo.node.custody.shared_files import is_below
from faifo.node.exchange.ending import Ending
from faifo.node.exchange.replacing import replaced
from faifo.node.offering.inbox import INBOX
from faifo.node.offering.inviting import WITHDRAWN, Guests
from faifo.node.offering.requiring import Requirements
from faifo.node.offering.uploads import UPLOADS
from faifo.node.settings.model import PublishRule
from faifo.phrases import Phrase
from faifo.policy.canonical import IGNORED
from faifo.policy.compile import compiled
from faifo.policy.contradictions import never
from faifo.policy.operands.volume import BYTES
from faifo.policy.plain import plain_of, policy_of, wrong
from faifo.policy.spelling import for_the_wire
from faifo.policy.terms import Terms, offer, unenforceable
from faifo.store.contract import Transaction
from faifo.store.finding import properties
from faifo.store.journal import happened
from faifo.store.records import (
    Dataset,
    PersonsContact,
    SourceKind,
    StoredPassport,
    StoredSource,
)

CHUNK = 1024 * 1024
LOOKED_AT = 500
TYPED = frozenset({SourceKind.FILE, SourceKind.OBJECT, SourceKind.QUERY})
_CODINGS = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
# What Python and the files of a machine do not know, or call a score for music.
_OF_DATA = {
    ".parquet": "application/vnd.apache.parquet",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".geojson": "application/geo+json",
    ".orc": "application/octet-stream",
    ".shp": "application/vnd.shp",
}
# So many of one title have readable ids.
NUMBERED = 100
# What lies there in a node's directory is data, which may have another name elsewhere.
MAY_LEAVE = frozenset({"data", UPLOADS, INBOX})
PASSPORT = Phrase("reason.passport-withdrawn")


def file_source(
    location: str,
    *,
    roots: Sequence[str],
    forbidden: Path,
    shared: Collection[str] = (),
    uploads: Path | None = None,
) -> StoredSource:
    """Hash the file at `location` and return it as a source; what lies in `uploads` may be.

    `shared`: resolved paths that may be published beside what is below `roots`, of any number.

    Raises:
        SettingsError: not a regular file, outside of them, inside the node's own directory, or
            something of this or another node that must never leave; see `custody.private_files`.
    """
    try:
        path = Path(location).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise SettingsError(
            what=Phrase("errors.told.publish.no-file", location=location),
            expected=Phrase("errors.told.publish.readable"),
        ) from None
    uploaded = uploads is not None and path.is_relative_to(uploads.resolve())
    if not uploaded and path.is_relative_to(forbidden.resolve()):
        raise SettingsError(
            what=Phrase("errors.told.publish.own", path=str(path)),
            expected=Phrase("errors.told.publish.outside-it"),
        )
    above = None if uploaded else node_above(path)
    if above is not None or named_so(path):
        raise private(path, above)
    allowed = uploaded or is_below(path, {str(Path(root).resolve()) for root in roots})
    if not allowed and not is_below(path, shared):
        raise SettingsError(
            what=Phrase("errors.told.publish.outside", path=str(path)),
            expected=Phrase(
                f"errors.told.publish.{'below' if roots else 'no-root'}", roots=", ".join(roots)
            ),
            advice=Phrase("errors.told.publish.roots"),
        )
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=str(path), why=error),
            expected=Phrase("errors.told.publish.a-readable"),
        ) from None
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        os.close(descriptor)
        raise SettingsError(
            what=Phrase("errors.told.publish.not-file", path=str(path)),
            expected=Phrase("errors.told.publish.regular"),
        )
    with os.fdopen(descriptor, "rb") as file:
        if is_of_node(before, forbidden.resolve(), but=MAY_LEAVE):
            raise private(path, None)
        digest, looker = hashlib.sha256(), Looker()
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if looker.holds_private(chunk):
                raise private(path, None)
        after = os.fstat(file.fileno())
    signature = StatSignature.of(after)
    if StatSignature.of(before) != signature:
        raise ConflictError(
            what=Phrase("errors.told.publish.changed", path=str(path)),
            advice=Phrase("errors.told.publish.again"),
        )
    return StoredSource(
        kind=SourceKind.FILE,
        location=str(path),
        digest=digest.hexdigest(),
        size=after.st_size,
        signature=signature,
    )


def private(path: Path | str, above: Path | None) -> SettingsError:
    key = "in-node" if above else "private"
    return SettingsError(
        what=Phrase(f"errors.told.publish.{key}", path=str(path), folder=str(above)),
        expected=Phrase("errors.told.publish.no-keys"),
    )


def http_source(
    location: str,
    *,
    credentials: str | None,
    tells: str = "",
    passed: Sequence[str] = (),
) -> StoredSource:
    """Return the HTTP API at `location` as a source.

    Raises:
        SettingsError: not a plain http or https URL, or a field that must not be passed on.
    """
    for name in passed:
        if not may_pass(name.lower()):
            raise SettingsError(
                what=Phrase("errors.told.publish.field", name=name),
                expected=Phrase("errors.told.publish.field-wanted"),
            )
    try:
        url = urlsplit(location)
        _ = url.port
    except ValueError:  # brackets that are no IPv6 address, a port that is no number
        url = urlsplit("")
    if not url.hostname or url.username or url.password or url.query or url.fragment:
        raise SettingsError(
            what=Phrase("errors.told.publish.not-url", location=shown(location)),
            expected=Phrase("errors.told.publish.url"),
            advice=Phrase("errors.told.publish.give"),
        )
    return StoredSource(
        kind=SourceKind.HTTP,
        location=location.rstrip("/"),
        credentials=credentials,
        tells=tells,
        passed=tuple(sorted({name.lower() for name in passed})),
    )


def ruled(publication: Publication, rules: Sequence[PublishRule]) -> Publication:
    """Return it with the terms of the first rule that fits what it says, if it has none itself."""
    given = (publication.terms, publication.access, publication.policy, publication.packs)
    if given != (Terms(), None, None, ()):
        return publication
    name = _file_name(publication)
    said: dict[str, tuple[str | int, ...]] = {
        "id": (publication.id or name,),
        "title": (publication.title or name,),
        "description": (publication.description,),
        "keyword": publication.keywords,
        "license": (publication.licence or "",),
        "mediaType": (_media_type(publication),),
        **{OWN + one: (value,) for one, value in publication.properties.items()},
    }
    fits = (rule for rule in rules if read_where(rule.where).matches(said))
    rule = next(fits, None)
    return msgspec.structs.replace(publication, terms=rule.terms) if rule else publication


def _file_name(publication: Publication) -> str:
    if is_query(publication.location):
        return ""  # how it is asked is nobody's business
    return publication.location.rstrip("/").rsplit("/", 1)[-1]


def _media_type(publication: Publication) -> str:
    import mimetypes

    name = "rows.csv" if is_query(publication.location) else _file_name(publication)
    guessed, coding = mimetypes.guess_type(name.lower())
    # Of `rice.csv.gz` the guess is what is inside; what is served is the file as it lies there.
    known = _CODINGS.get(coding) if coding else _OF_DATA.get(PurePath(name).suffix.lower(), guessed)
    return publication.media_type or known or "application/octet-stream"


def pushed_source() -> StoredSource:
    """Return the source of what is pushed: there is nothing to be fetched."""
    return StoredSource(kind=SourceKind.PUSHED, location="")


async def fitting(tx: Transaction, query: Query, after: str | None) -> tuple[list[str], str | None]:
    """Return names of published datasets that `query` fits, and from where to look on."""
    rows = await tx.datasets.find(withdrawn=None, after=after, limit=LOOKED_AT)
    names = [one.id for one in rows if query.matches(properties(one))]
    return names, rows[-1].id if len(rows) == LOOKED_AT else None


class Publishing:
    """What becomes of datasets."""

    def __init__(
        self,
        *,
        ending: Ending,
        guests: Guests,
        required: Requirements | None = None,
        most: int | None = None,
    ) -> None:
        self._guests = guests
        self._most = most
        self._required = required or Requirements()
        self._ending = ending

    async def publish(
        self,
        tx: Transaction,
        publication: Publication,
        source: StoredSource,
        *,
        now: datetime,
        passport: StoredPassport | None = None,
    ) -> Dataset:
        """Publish under a new offer; a withdrawn dataset of that id is published anew.

        To replace what is published is to make a version of it, under the same offer. Agreements
        whose terms are not wider than the new ones go on for it; the others end.

        Raises:
            ConflictError: a dataset of that id is published, or there are `most` already.
            SettingsError: the policy cannot be enforced, or falls short of a pack.
        """
        name = _file_name(publication)
        wanted = composed(publication.id or await _free_id(tx, publication, name, now))
        known = await tx.datasets.get(publication.id or wanted)
        wanted = known.id if known else wanted
        current = known if known and not known.withdrawn else None
        if current and not publication.replace:
            raise ConflictError(
                what=Phrase("errors.told.publish.already", wanted=wanted),
                advice=Phrase("errors.told.publish.first"),
            )
        if current and publication.version not in {None, current.version}:
            raise ConflictError(
                what=Phrase("errors.told.publish.replaced", version=current.version),
                advice=Phrase("errors.told.publish.look-again"),
            )
        if current is None:
            await self._bound(tx)
        kind = kind_of(publication.carries) if publication.carries else None
        policy = _policy(publication, source)
        self._required.check(policy, publication.packs, on=now.date())
        dataset = Dataset(
            id=wanted,
            title=publication.title or name or wanted,
            description=publication.description,
            keywords=publication.keywords,
            licence=publication.licence,
            properties=dict(publication.properties),
            offer_id=current.offer_id if current else ids.new_urn(now),
            version=current.version + 1 if current else 1,
            policy=policy,
            access=None if publication.access is None else offer(publication.access),
            source=source,
            media_type=_media_type(publication) if source.kind in TYPED else "",
            carries=kind.name if kind else None,
            published=now,
            passport=passport,
            persons=_persons(publication),
            packs=publication.packs,
            citizens=publication.citizens,
            sensitive=publication.sensitive,
            revision=known.revision if known else 0,
        )
        if current is None:
            return await self._keep(tx, "dataset-published", dataset, now=now)
        kept = await self._keep(tx, "dataset-replaced", dataset, now=now)
        await replaced(tx, kept, self._ending, now=now)
        return kept

    async def _bound(self, tx: Transaction) -> None:
        if self._most is not None and await tx.datasets.count(withdrawn=None) >= self._most:
            raise ConflictError(
                what=Phrase("errors.told.bounds.datasets", limit=self._most),
                advice=Phrase("errors.told.bounds.withdraw"),
            )

    async def change_terms(
        self, tx: Transaction, names: Sequence[str], order: TermsOrder, *, now: datetime
    ) -> int:
        """Put the datasets of these names under the terms; return how many had others.

        Each of those is a new version, as `publish` makes one.

        Raises:
            SettingsError: they fall short of a pack that one of them stands under.
        """
        policy, access = offer(order.terms), order.access and offer(order.access)
        changed = 0
        for name in names:
            known = await tx.datasets.get(name)
            if known is None or known.withdrawn:
                continue
            if (known.policy, known.access) == (policy, access):
                continue
            self._required.check(policy, known.packs, on=now.date())
            fresh = msgspec.structs.replace(
                known, policy=policy, access=access, version=known.version + 1, published=now
            )
            kept = await self._keep(tx, "dataset-replaced", fresh, now=now)
            await replaced(tx, kept, self._ending, now=now)
            changed += 1
        return changed

    async def withdraw(self, tx: Transaction, dataset: str, *, now: datetime) -> Dataset:
        """Take a dataset out of the catalog; agreements about it and invitations to it end."""
        known = await tx.datasets.get(dataset)
        if known is None or known.withdrawn:
            raise NotFoundError(what=Phrase("errors.noun.published-dataset"), name=dataset)
        withdrawn = msgspec.structs.replace(known, withdrawn=now)
        kept = await self._keep(tx, "dataset-withdrawn", withdrawn, now=now)
        await self._ending.end(tx, (str(WITHDRAWN),), now=now, dataset=dataset)
        await self._guests.withdrawn(tx, dataset, now=now)
        return kept

    async def withdraw_passport(
        self, tx: Transaction, names: Collection[str], withdrawal: str, *, now: datetime
    ) -> list[Dataset]:
        """Mark a passport as withdrawn wherever it is published, and return those datasets.

        Their running transfers are refused from then on.
        """
        changed = []
        for known in await tx.datasets.find(with_passport=1):
            held = known.passport
            if held is None or held.sha256 not in names:
                continue
            if held.withdrawal is not None:
                changed.append(known)
                continue
            marked = msgspec.structs.replace(held, withdrawal=withdrawal)
            marked_dataset = msgspec.structs.replace(known, passport=marked)
            changed.append(await self._keep(tx, "passport-withdrawn", marked_dataset, now=now))
            await self._ending.running(tx, (str(PASSPORT),), now=now, dataset=known.id)
        return changed

    async def _keep(
        self, tx: Transaction, event: str, dataset: Dataset, *, now: datetime
    ) -> Dataset:
        kept = await tx.datasets.put(dataset)
        detail = {"title": kept.title, "version": kept.version}
        await happened(tx, event, now, {"dataset": kept.id}, detail)
        tx.rings(kept.id)
        return kept


async def _free_id(tx: Transaction, publication: Publication, name: str, now: datetime) -> str:
    """Return an id that people can read, which nothing here has or had."""
    readable = slug(publication.title or name.rpartition(".")[0] or name)
    for number in range(1, NUMBERED):
        wanted = readable if number == 1 else f"{readable}-{number}"
        if readable and await tx.datasets.get(wanted) is None:
            return wanted
    return ids.new_urn(now)


def _policy(publication: Publication, source: StoredSource) -> dict[str, Any]:
    """Return the policy of the offer.

    Raises:
        SettingsError: it cannot be enforced here, or nobody could ever meet it; with the place.
    """
    policy = publication.policy
    if policy is None:
        policy = offer(publication.terms)
    elif publication.terms != Terms():
        raise both()
    else:
        policy = equal_forms.policy(policy, written.Terms(policy.get("@context")))
        policy = {name: value for name, value in policy.items() if name not in IGNORED}
    why = unenforceable(policy)
    if why:
        raise wrong(why[0], Phrase(f"policy.{why[1].code}.fails", **why[1].facts))
    read = compiled(policy)
    place = never(read)
    if place:
        raise wrong(place, Phrase("errors.told.plain.never", place=place))
    if BYTES in read.operands and source.size is None:
        raise SettingsError(
            what=Phrase("errors.told.plain.bytes"), expected=Phrase("errors.told.plain.files")
        )
    plain = plain_of(policy)
    return cast("dict[str, Any]", for_the_wire(policy if plain is None else policy_of(plain)))


def both() -> SettingsError:
    """Return the error that there are settings and a policy."""
    return SettingsError(
        what=Phrase("errors.told.plain.both"), expected=Phrase("errors.told.plain.one")
    )


def _persons(publication: Publication) -> PersonsContact | None:
    """Return whom persons may ask; all of it or nothing.

    Raises:
        SettingsError: only a part is given, or the notice is no URL.
    """
    given = (publication.contact, publication.notice, publication.appeal)
    if not any(given):
        return None
    contact, notice, appeal = given
    if not contact or not notice or not appeal:
        raise SettingsError(
            what=Phrase("errors.told.publish.persons-part"),
            expected=Phrase("errors.told.publish.persons-whole"),
        )
    if not is_http(notice):
        raise SettingsError(
            what=Phrase("errors.told.publish.notice", notice=notice),
            expected=Phrase("errors.told.publish.notice-url"),
        )
    return PersonsContact(contact=contact, notice=notice, appeal=appeal)
