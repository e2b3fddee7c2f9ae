"""STIX 2.1 (OASIS Standard, 10 June 2021) for the kind `warnings`: a bundle with one report.

The report (§4.16) has the first text, language-content objects (§7.1) the others; its marking is
that of TLP 2.0. What a report has no property for stands in an extension (§7.3). When reading, the
strictest marking of the report and of what it names counts, by level and not by id, TLP 1 too.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from faifo import clock
from faifo.errors import MalformedMessageError, TooLargeError
from faifo.kinds.kind import Read
from faifo.kinds.signed import Notice
from faifo.kinds.tlp import strictest
from faifo.kinds.warning import WARNINGS, Alert, text_of
from faifo.messages import strict_json
from faifo.phrases import Phrase

MAX_BYTES: Final = 1_048_576
MAX_OBJECTS: Final = 1_000
EXTENSION: Final = "extension-definition--2c0f0f6c-4a55-4b0e-8f5b-6e1a3c9d7e42"
TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
_TLP: Final = {
    "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "AMBER+STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
# TLP 1, STIX 2.1 §7.2.1.4; its WHITE is CLEAR.
_OLD: Final = {
    "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": "CLEAR",
    "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": "GREEN",
    "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": "AMBER",
    "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": "RED",
}
_LEVELS: Final = _OLD | {name: level for level, name in _TLP.items()}
_EXERCISE: Final = "exercise"
_OURS: Final = ("kind", "severity", "urgency", "certainty", "area", "begins", "ends")


def read(body: bytes) -> Read:
    """Return what the report in a bundle says; what it does not say is not in the content.

    Raises:
        MalformedMessageError: no bundle of STIX 2.1 with one report, or an unknown marking.
        TooLargeError: it is too long.
    """
    if len(body) > MAX_BYTES:
        raise TooLargeError(what=Phrase("errors.told.notice.document"), limit=MAX_BYTES)
    try:
        return _read(strict_json.parse_object(body), hashlib.sha256(body).hexdigest())
    except ValueError as error:
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.stix", why=error.args[0]),
            expected=Phrase("errors.told.notice.stix-wanted"),
        ) from None


def _read(bundle: dict[str, Any], sha256: str) -> Read:
    given = bundle.get("objects")
    if bundle.get("type") != "bundle" or not isinstance(given, list) or len(given) > MAX_OBJECTS:
        raise ValueError(_why("bundle", most=MAX_OBJECTS))
    known = [one for one in given if isinstance(one, dict) and _text(one, "id")]
    # Of several versions of an object the one modified last counts (§3.6).
    objects = {one["id"]: one for one in sorted(known, key=_modified)}
    reports = [
        one
        for one in objects.values()
        if one.get("type") == "report" and one.get("revoked") is not True
    ]
    if len(reports) != 1:
        raise ValueError(_why("reports", count=len(reports)))
    report = reports[0]
    if report.get("spec_version") != "2.1":
        raise ValueError(_why("version", version=str(report.get("spec_version"))[:20]))
    extension = _member(_member(report, "extensions"), EXTENSION)
    content = {name: extension[name] for name in _OURS if isinstance(extension.get(name), str)}
    content["texts"] = list(_texts(report, objects))
    identifier = _text(extension, "notice") or report["id"]
    content["source"] = {"format": "stix-2.1", "identifier": identifier[:300], "sha256": sha256}
    named = [objects[name] for name in _list(report, "object_refs") if name in objects]
    marked = (report, *named, *_translations(report, objects))
    tlp = strictest(level for one in marked for level in _levels(one, objects))
    return Read(content, tlp, _EXERCISE in _list(report, "labels"), identifier)


def _texts(report: dict[str, Any], objects: dict[str, Any]) -> Iterator[dict[str, str]]:
    name, said = _text(report, "name"), _text(report, "description")
    if not name:
        raise ValueError(_why("name"))
    lang = _text(report, "lang") or "en"
    yield text_of(lang, name, said)
    seen = {lang.lower()}
    for one in _translations(report, objects):
        for other, each in _member(one, "contents").items():
            title = _text(each, "name")
            if title and other.lower() not in seen:
                seen.add(other.lower())
                yield text_of(other, title, _text(each, "description"))


def _translations(
    report: dict[str, Any], objects: dict[str, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    for one in objects.values():
        about = one.get("type") == "language-content" and one.get("object_ref") == report["id"]
        if about and one.get("revoked") is not True:
            yield one


def _modified(one: dict[str, Any]) -> datetime:
    """Return when an object was modified; what says no such time is older than what says one."""
    try:
        return datetime.fromisoformat(_text(one, "modified")).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _levels(one: dict[str, Any], objects: dict[str, Any]) -> Iterator[str]:
    granular = one.get("granular_markings")
    refs = [
        *_list(one, "object_marking_refs"),
        *(
            str(each.get("marking_ref", ""))
            for each in (granular if isinstance(granular, list) else [])
            if isinstance(each, dict) and each.get("marking_ref")
        ),
    ]
    for ref in refs:
        marking = objects.get(ref) or {}
        own = _member(_member(marking, "extensions"), TLP_EXTENSION)
        level = _text(own, "tlp_2_0").upper()
        if ref in _LEVELS or level in _TLP:
            yield _LEVELS.get(ref) or level
        elif marking.get("definition_type") != "statement":
            raise ValueError(_why("marking", name=ref[:80]))


def _why(code: str, **facts: object) -> Phrase:
    return Phrase(f"errors.told.notice.stix-{code}", **facts)


def _member(one: dict[str, Any], name: str) -> dict[str, Any]:
    value = one.get(name)
    return value if isinstance(value, dict) else {}


def _text(one: Any, name: str) -> str:
    value = one.get(name) if isinstance(one, dict) else None
    return value if isinstance(value, str) else ""


def _list(one: dict[str, Any], name: str) -> list[str]:
    value = one.get(name)
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def write(notice: Notice, *, over: datetime | None = None) -> bytes:
    """Return a notice as a bundle; of one that is over, the report is revoked since then."""
    warning: Alert = WARNINGS.read(notice.content)
    at = _stamp(notice.sent)
    identity = _id("identity", notice.sender)
    common = {"spec_version": "2.1", "created": at, "modified": at}
    marked = {**common, "created_by_ref": identity, "object_marking_refs": [_TLP[notice.tlp]]}
    first, *others = warning.texts
    said = {name: msgspec.to_builtins(getattr(warning, name)) for name in _OURS}
    report = {
        "type": "report",
        "id": _id("report", notice.id),
        **marked,
        "name": first.title,
        "description": first.text,
        "lang": first.lang,
        "published": at,
        "report_types": ["threat-report"],
        "labels": [warning.kind, *([_EXERCISE] if notice.exercise else [])],
        "object_refs": [identity],
        "extensions": {
            EXTENSION: {"extension_type": "property-extension", "notice": notice.id, **said}
        },
        **({"revoked": True, "modified": _stamp(over)} if over else {}),
    }
    objects = [
        {
            "type": "identity",
            "id": identity,
            **common,
            "name": notice.sender,
            "identity_class": "organization",
        },
        _definition(identity, common),
        _marking(notice.tlp),
        report,
    ]
    if others:
        objects.append(
            {
                "type": "language-content",
                "id": _id("language-content", notice.id),
                **marked,
                "object_ref": report["id"],
                "object_modified": report["modified"],
                "contents": {
                    one.lang: {"name": one.title, "description": one.text} for one in others
                },
            }
        )
    bundle = {"type": "bundle", "id": _id("bundle", notice.id), "objects": objects}
    return msgspec.json.format(msgspec.json.encode(bundle), indent=2) + b"\n"


def _definition(identity: str, common: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "extension-definition",
        "id": EXTENSION,
        **common,
        "created_by_ref": identity,
        "name": "Faifo warning",
        "description": "What is warned of, how severe it is, where, from when and until when.",
        "schema": "urn:faifo:notice:1",
        "version": "1.0.0",
        "extension_types": ["property-extension"],
    }


def _marking(tlp: str) -> dict[str, Any]:
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": _TLP[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{tlp}",
        "extensions": {
            TLP_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": tlp.lower()}
        },
    }


def _id(kind: str, name: str) -> str:
    """Return the same id at each writing; in the form of version 4, as §2.9 wants it."""
    digest = hashlib.sha256(f"{kind} {name}".encode()).digest()
    return f"{kind}--{uuid.UUID(bytes=digest[:16], version=4)}"


def _stamp(at: datetime) -> str:
    at = clock.in_utc(at)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"
