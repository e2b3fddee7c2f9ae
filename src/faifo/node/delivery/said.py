"""Whether an answer is the other side's own word, or that of something in between.

A captive portal, a proxy's page, a parked domain: each answers with a status of its own choosing.
Only what speaks the protocol counts (DSP 2025-1 §7.3 and §9.3, DCP 1.0 §6.5); the rest is as if
nobody had answered, and is tried again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.messages.dsp_2025_1.equal_forms import node
from faifo.messages.dsp_2025_1.terms import text
from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.store.records import OutboxRow

ASKING = "asking"
AGREEMENT_NOTICE = "agreement-notice"
PIDS = ("consumerPid", "providerPid")
_ERROR_MEMBERS = frozenset({"reason", "code", "detail", "message", *PIDS})


def acknowledges(row: OutboxRow, answer: PeerAnswer) -> bool:
    """Tell whether a success is the other side's.

    The first message of a process is acknowledged by the process alone, which must name ours;
    later ones by any JSON, or by nothing at all; a notice by the agreement that it is about.
    """
    content = _content(answer.body)
    if row.kind == ASKING and not row.body:
        return state_in(row.process.removeprefix(f"{ASKING}:"), answer.body) is not None
    if row.initial and row.kind in {"negotiation", "transfer"}:
        return names(row.process, answer.body)
    if row.kind == AGREEMENT_NOTICE:
        known = isinstance(content, dict) and content.get("agreementId")
        return bool(known) and row.process == f"{AGREEMENT_NOTICE}:{known}"
    return content is not None


def names(pid: str, body: bytes) -> bool:
    """Tell whether an answer is about the process `pid`, which only the other side can know."""
    content = _content(body)
    return isinstance(content, dict) and pid in _pids(content)


def state_in(pid: str, body: bytes) -> str | None:
    """Return the state that a process document about `pid` tells (DSP 2025-1 §8.2, §10.2)."""
    content = _content(body)
    if not isinstance(content, dict) or pid not in _pids(content):
        return None
    for name, value in content.items():
        if term_of(name) == "state":
            said = text(value)
            return term_of(said) if isinstance(said, str) else None
    return None


def unknown(body: bytes) -> bool:
    """Tell whether a 404 is the protocol's own: it says that there is no such process.

    Who is not let in hears 404 too, and that says nothing about the process.
    """
    content = _content(body)
    return isinstance(content, dict) and _is_typed(content) and not shut_out(404, body)


def shut_out(status: int, body: bytes) -> bool:
    """Tell whether a refusal says only that we are not let in, and nothing about the process.

    A node that cannot prove who asks hides behind 404 whether there is such a process.
    """
    if status != 404:
        return status == 401
    content = _content(body)
    members = content.items() if isinstance(content, dict) else ()
    return ("code", "not-proven") in ((term_of(name), text(value)) for name, value in members)


def refuses(answer: PeerAnswer) -> bool:
    """Tell whether a refusal is the other side's: an error with a reason, a code or a process."""
    content = _content(answer.body)
    items = content if isinstance(content, list) else [content]
    return bool(items) and all(_is_error(item) for item in items)


def _is_error(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    members = {term_of(name) for name in item}
    return _is_typed(item) or bool(members & _ERROR_MEMBERS)


def _is_typed(item: dict[str, Any]) -> bool:
    """Tell whether something calls itself an error."""
    return str(text(item.get("@type", item.get("type", "")))).endswith("Error")


def _pids(content: dict[str, Any]) -> set[str]:
    found = (text(value) for name, value in content.items() if term_of(name) in PIDS)
    return {pid for pid in found if isinstance(pid, str) and pid}


def term_of(name: str) -> str:
    """Return a name without its prefix or namespace."""
    return name.rpartition(":")[2].rpartition("/")[2]


def _content(body: bytes) -> Any:
    """Return the JSON of an answer, `""` where there is no body; None if it is something else."""
    if not body.strip():
        return ""
    try:
        return node(msgspec.json.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
