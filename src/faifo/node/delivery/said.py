"""Whether an answer is the other side's own word, or that of something in between.

A captive portal, a proxy's page, a parked domain: each answers with a status of its own choosing.
Only what speaks the protocol counts (DSP 2025-1 §7.3 and §9.3, DCP 1.0 §6.5); the rest is as if
nobody had answered, and is tried again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from faifo.node.delivery.peer_answer import PeerAnswer
from faifo.store.records import OutboxRow

PIDS = ("consumerPid", "providerPid")
_ERROR_MEMBERS = frozenset({"reason", "code", "detail", "message", *PIDS})


def acknowledges(row: OutboxRow, answer: PeerAnswer) -> bool:
    """Tell whether a success is the other side's.

    The first message of a process is acknowledged by the process alone, which must name ours;
    later ones by any JSON, or by nothing at all.
    """
    content = _content(answer)
    if row.initial and row.kind in {"negotiation", "transfer"}:
        return isinstance(content, dict) and row.process in _pids(content)
    return content is not None


def refuses(answer: PeerAnswer) -> bool:
    """Tell whether a refusal is the other side's: an error with a reason, a code or a process."""
    content = _content(answer)
    items = content if isinstance(content, list) else [content]
    return bool(items) and all(_is_error(item) for item in items)


def _is_error(item: Any) -> bool:
    if not isinstance(item, dict):
        return False
    names = {str(name).rpartition(":")[2].rpartition("/")[2] for name in item}
    kind = str(item.get("@type", item.get("type", "")))
    return kind.endswith("Error") or bool(names & _ERROR_MEMBERS)


def _pids(content: dict[str, Any]) -> set[str]:
    found = set()
    for name, value in content.items():
        if name.rpartition(":")[2].rpartition("/")[2] in PIDS:
            found.add(value.get("@id") if isinstance(value, dict) else value)
    return {pid for pid in found if isinstance(pid, str) and pid}


def _content(answer: PeerAnswer) -> Any:
    """Return the JSON of an answer, `""` where there is no body; None if it is something else."""
    if not answer.body.strip():
        return ""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
