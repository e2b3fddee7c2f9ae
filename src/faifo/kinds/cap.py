"""Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010) for the kind `warnings`.

Read strictly: the order and number of elements, enumerations and times as §3.2 has them; what the
schema leaves open (a signature, unknown parameters) is left aside. Signatures are not looked at:
who signed a notice is proven by its envelope.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, get_args
from xml.sax.saxutils import escape

from faifo import clock
from faifo.errors import MalformedMessageError
from faifo.instants import instant_text, read_instant
from faifo.kinds import xml_in
from faifo.kinds.kind import Read
from faifo.kinds.signed import Notice
from faifo.kinds.tlp import TLP, strictest
from faifo.kinds.warning import (
    WARNINGS,
    Alert,
    Certainty,
    Severity,
    Urgency,
    shortened,
    text_of,
)
from faifo.kinds.xml_in import Element
from faifo.phrases import Phrase

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
KIND: Final = "faifo:kind"
_MANY: Final = 10_000
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_ILLEGAL: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Names in order, with how often each may stand: ? at most once, * any number, + at least once.
_ALERT: Final = (
    "identifier sender sent status msgType source? scope restriction? addresses? code* note?"
    " references? incidents? info*"
)
_INFO: Final = (
    "language? category+ event responseType* urgency severity certainty audience? eventCode*"
    " effective? onset? expires? senderName? headline? description? instruction? web? contact?"
    " parameter* resource* area*"
)
_AREA: Final = "areaDesc polygon* circle* geocode* altitude? ceiling?"
_STATUS: Final = ("Actual", "Exercise", "System", "Test", "Draft")
_TYPES: Final = ("Alert", "Update", "Cancel", "Ack", "Error")
_SCOPES: Final = {"Public": "CLEAR", "Restricted": "AMBER", "Private": "RED"}
# What only nature or accident brings; the others do not tell an attack from a scam.
_DISASTERS: Final = frozenset(
    {"Geo", "Met", "Safety", "Rescue", "Fire", "Health", "Env", "Transport", "CBRNE"}
)
_CATEGORIES: Final = (*_DISASTERS, "Security", "Infra", "Other")
_RATED: Final = {
    "severity": get_args(Severity), "urgency": get_args(Urgency), "certainty": get_args(Certainty),
}  # fmt: skip
_OLD: Final = {"Very Likely": "Likely"}
"""Of CAP 1.0, which is to be read as the other. Spec: CAP 1.2 §3.2.2, certainty."""
_CATEGORY: Final = {"cyber": "Infra", "scam": "Security", "disaster": "Safety"}


def read(body: bytes) -> Read:
    """Return what an alert says; what it does not say is not in the content.

    Raises:
        MalformedMessageError: it is no CAP 1.2 alert that warns of something.
        TooLargeError: it is too long.
    """
    try:
        return _read(xml_in.parse(body), hashlib.sha256(body).hexdigest())
    except ValueError as error:
        raise MalformedMessageError(
            what=Phrase("errors.told.notice.cap", why=error.args[0]),
            expected=Phrase("errors.told.notice.cap-wanted"),
        ) from None


def _read(root: Element, sha256: str) -> Read:
    if root.name != f"{NAMESPACE} alert":
        raise ValueError(_why("root", name=root.name[-100:]))
    alert = _members(root, _ALERT)
    status = _one_of(alert, "status", _STATUS)
    message = _one_of(alert, "msgType", _TYPES)
    scope = _one_of(alert, "scope", tuple(_SCOPES))
    _time(alert["sent"][0])
    if status in {"System", "Draft"} or message not in {"Alert", "Update"} or not alert["info"]:
        count = len(alert["info"])
        raise ValueError(_why("nothing", status=status, message=message, count=count))
    marks = [one.text.upper().removeprefix("TLP:").strip()
             for one in (*alert["code"], *alert["restriction"])]  # fmt: skip
    tlp = strictest(one for one in marks if one in TLP) or _SCOPES[scope]
    infos = [_members(one, _INFO) for one in alert["info"]]
    identifier = alert["identifier"][0].text
    content = _content(infos, alert)
    content["source"] = {"format": "cap-1.2", "identifier": identifier[:300], "sha256": sha256}
    return Read(content, tlp, status != "Actual", identifier)


def _content(infos: list[dict[str, list[Element]]], alert: dict[str, Any]) -> dict[str, Any]:
    for each in (one for info in infos for one in info["category"]):
        _among("category", each.text, _CATEGORIES)
    rated = [{name: _one_of(info, name, known) for name, known in _RATED.items()} for info in infos]
    content: dict[str, Any] = {
        **min(rated, key=lambda one: _RATED["severity"].index(one["severity"])),
        "texts": list(_texts(infos)),
    }
    areas = [_members(one, _AREA)["areaDesc"][0].text for info in infos for one in info["area"]]
    if areas:
        content["area"] = shortened("; ".join(dict.fromkeys(areas)), 200)
    begins = [_time((info["onset"] or info["effective"] or alert["sent"])[0]) for info in infos]
    content["begins"] = instant_text(min(begins))
    ends = [_time(info["expires"][0]) for info in infos if info["expires"]]
    if ends:
        content["ends"] = instant_text(max(ends))
    kind = _kind(infos)
    return content | ({"kind": kind} if kind else {})


def _kind(infos: list[dict[str, list[Element]]]) -> str | None:
    for info in infos:
        for parameter in info["parameter"]:
            pair = _members(parameter, "valueName value")
            if pair["valueName"][0].text == KIND:
                return pair["value"][0].text
    categories = {each.text for info in infos for each in info["category"]}
    return "disaster" if categories <= _DISASTERS else None


def _texts(infos: list[dict[str, list[Element]]]) -> Iterator[dict[str, str]]:
    """Yield one text a language: what later parts in one of before say is added to it (§3.2.2)."""
    told: dict[str, list[tuple[str, str, str]]] = {}
    for info in infos:
        lang, title, said = _text(info)
        told.setdefault(lang.lower(), []).append((lang, title, said))
    for parts in told.values():
        lang, title, _ = parts[0]
        lines = (line for _, other, said in parts for line in (other, said) if line != title)
        yield text_of(lang, title, "\n".join(filter(None, dict.fromkeys(lines))))


def _text(info: dict[str, list[Element]]) -> tuple[str, str, str]:
    def of(name: str) -> str:
        return info[name][0].text if info[name] else ""

    said = "\n".join(filter(None, (of("description"), of("instruction"))))
    return of("language") or "en-US", of("headline") or of("event"), said


def _members(element: Element, form: str) -> dict[str, list[Element]]:
    """Return the children by name, as many and in the order that the schema has."""
    found: dict[str, list[Element]] = {}
    own = [one for one in element.children if one.name.startswith(f"{NAMESPACE} ")]
    left = iter([*own, None])
    child = next(left)
    for entry in form.split():
        name, often = entry.rstrip("?*+"), entry[-1] if entry[-1] in "?*+" else ""
        most = _MANY if often in ("*", "+") else 1
        found[name] = []
        while child is not None and child.name == f"{NAMESPACE} {name}" and len(found[name]) < most:
            found[name].append(child)
            child = next(left)
        if not found[name] and often not in ("?", "*"):
            raise ValueError(_why("place", name=name, where=_local(element)))
    if child is not None:
        raise ValueError(_why("odd", name=_local(child), where=_local(element)))
    return found


def _local(element: Element) -> str:
    return element.name.rpartition(" ")[2][:100]


def _one_of(members: dict[str, list[Element]], name: str, known: tuple[str, ...]) -> str:
    return _among(name, members[name][0].text, known)


def _among(name: str, text: str, known: tuple[str, ...]) -> str:
    text = _OLD.get(text, text)
    if text not in known:
        raise ValueError(_why("among", name=name, text=text[:50], known=", ".join(sorted(known))))
    return text


def _time(element: Element) -> datetime:
    text = element.text
    try:
        return read_instant(text if _TIME.fullmatch(text) else "")
    except ValueError:
        raise ValueError(_why("time", name=_local(element), text=text[:50])) from None


def _why(code: str, **facts: object) -> Phrase:
    return Phrase(f"errors.told.notice.cap-{code}", **facts)


def write(notice: Notice, *, over: datetime | None = None) -> bytes:
    """Return a notice as an alert; one that is over since then as a Cancel that names it."""
    warning: Alert = WARNINGS.read(notice.content)
    restricted = notice.tlp not in {"CLEAR", "RED"}
    scope = {"CLEAR": "Public", "RED": "Private"}.get(notice.tlp, "Restricted")
    head = [
        ("identifier", f"{notice.id}:cancelled" if over else notice.id),
        ("sender", notice.sender),
        ("sent", _stamp(over or notice.sent)),
        ("status", "Exercise" if notice.exercise else "Actual"),
        ("msgType", "Cancel" if over else "Alert"),
        ("scope", scope),
        *([("restriction", f"TLP:{notice.tlp}")] if restricted else []),
        *([("addresses", "recipients named by the sender")] if notice.tlp == "RED" else []),
        ("code", f"TLP:{notice.tlp}"),
    ]
    if over:
        head.append(("references", f"{notice.sender},{notice.id},{_stamp(notice.sent)}"))
    infos = [_element("info", "".join(_info(warning, text))) for text in warning.texts]
    inside = "".join(_leaf(name, text) for name, text in head) + "".join(infos)
    alert = f'<alert xmlns="{NAMESPACE}">{inside}</alert>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{alert}\n'.encode()


def _info(warning: Alert, text: Any) -> Iterator[str]:
    yield _leaf("language", text.lang)
    yield _leaf("category", _CATEGORY[warning.kind])
    yield _leaf("event", text.title)
    for name in ("urgency", "severity", "certainty"):
        yield _leaf(name, getattr(warning, name))
    yield _leaf("effective", _stamp(warning.begins))
    yield _leaf("expires", _stamp(warning.ends))
    yield _leaf("headline", text.title)
    yield _leaf("description", text.text)
    yield _element("parameter", _leaf("valueName", KIND) + _leaf("value", warning.kind))
    yield _element("area", _leaf("areaDesc", warning.area))


def _leaf(name: str, text: str) -> str:
    return _element(name, escape(_ILLEGAL.sub("\ufffd", text)))


def _element(name: str, inside: str) -> str:
    return f"<{name}>{inside}</{name}>"


def _stamp(at: datetime) -> str:
    """Return a time of UTC as CAP wants it: `Z` is not allowed. Spec: CAP 1.2 §3.3.2."""
    return f"{clock.in_utc(at):%Y-%m-%dT%H:%M:%S}-00:00"
