"""What is proven, in words: verdicts of receipts, bundles of evidence, and two sides' books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from faifo.cli.output import line_of
from faifo.ledger.telling import bundle_said, event_said, kind_said, said, verdict_rows
from faifo.phrases import spoken

if TYPE_CHECKING:
    from faifo.ledger.bundle import Judged
    from faifo.ledger.comparing import Comparison, Contradiction, Entry
    from faifo.ledger.refused import ProofError
    from faifo.ledger.verifying import Verdict

_MOST_SHOWN = 50


def refused(file: str, fault: ProofError, lang: str) -> list[str]:
    return [said("refused", lang, file=file), f"  {line_of(spoken(fault.said, lang))}"]


def verdict_lines(verdict: Verdict, lang: str) -> list[str]:
    """Return what one receipt proves, or why it does not."""
    if verdict.fault:
        return refused(verdict.file, verdict.fault, lang)
    rows = verdict_rows(verdict, lang)
    width = max(map(len, rows), default=0)
    shown = [f"  {name.ljust(width)}  {line_of(text)}" for name, text in rows.items()]
    return [said("proven", lang, file=verdict.file), *shown] if rows else []


def bundle_lines(judged: Judged, lang: str) -> list[str]:
    """Return what a bundle proves in one paragraph, and each receipt of it that proves nothing."""
    if judged.bundle is None and judged.fault:
        return refused(judged.file, judged.fault, lang)
    if judged.bundle is None:
        return []
    word = "refused" if judged.fault else "proven"
    lines = [said(word, lang, file=judged.file)]
    lines += [f"  {one}" for one in bundle_said(judged, lang)]
    if judged.fault:
        lines.append(f"  {spoken(judged.fault.said, lang)}")
    for one in judged.verdicts:
        lines += [f"  {line}" for line in verdict_lines(one, lang)] if one.fault else []
    return list(map(_one_line, lines))


def _one_line(line: str) -> str:
    """Return a line with its indent, and nothing in it that looks like another line."""
    return " " * (len(line) - len(line.lstrip(" "))) + line_of(line)


def bundle_record(judged: Judged) -> dict[str, Any]:
    about = judged.bundle.about if judged.bundle else None
    return {
        "file": judged.file,
        "proven": judged.fault is None,
        "fault": judged.fault.fault.value if judged.fault else None,
        "agreement": about.agreement if about else None,
        "by": about.by if about else None,
        "peer": about.peer if about else None,
        "made": about.made if about else None,
        "receipts": [one.record() for one in judged.verdicts],
    }


def comparison_lines(found: Comparison, lang: str) -> list[str]:
    """Return what both prove, what one claims, and where they contradict each other."""
    lines = [said("both", lang, count=len(found.both))]
    lines += [f"  {_entry(one, lang)}" for one, _ in found.both[:_MOST_SHOWN]]
    lines.append(said("one-sided", lang, count=len(found.one_sided)))
    lines += [f"  {one.side}: {_entry(one, lang)}" for one in found.one_sided[:_MOST_SHOWN]]
    if found.erased:
        lines.append(said("erased-by-both", lang, count=len(found.erased)))
        lines += [f"  {one.side}: {_entry(one, lang)}" for one in found.erased[:_MOST_SHOWN]]
    lines.append(said("contradictions", lang, count=len(found.contradictions)))
    lines += [f"  {_contradiction(one, lang)}" for one in found.contradictions[:_MOST_SHOWN]]
    return lines


def comparison_record(found: Comparison) -> dict[str, Any]:
    return {
        "both": [[_record(one), _record(other)] for one, other in found.both],
        "one_sided": [_record(one) for one in found.one_sided],
        "erased": [_record(one) for one in found.erased],
        "contradictions": [one._asdict() for one in found.contradictions],
    }


def _record(one: Entry) -> dict[str, Any]:
    told = {"side": one.side, "origin": one.origin, "place": one.place}
    return {**told, "kind": one.kind.name.lower(), "event": one.event, "at": one.at}


def _entry(one: Entry, lang: str) -> str:
    detail = one.said.get("detail")
    facts = detail if isinstance(detail, dict) else {}
    digest, size = facts.get("response_sha256"), facts.get("bytes")
    data = f", {size} B, sha256 {str(digest)[:16]}…" if digest else ""
    event = f": {event_said(one.event, lang)}" if one.event else ""
    return line_of(f"{one.at[:19]}  {kind_said(one.kind, lang)}{event}{data}")


def _contradiction(one: Contradiction, lang: str) -> str:
    return line_of(said(f"contradiction.{one.what}", lang, one=one.one, other=one.other))
