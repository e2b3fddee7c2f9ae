"""Evidence, a passport or a decision as HTML: a page, or what stands on one of the console's.

All text of others is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from faifo.ai.decision.explain import asked, figure_name, sentences
from faifo.ai.evidence import Evidence, EvidenceSet, RunTime
from faifo.ai.metrics.groups import place_of
from faifo.ai.passport.records import Passport
from faifo.ai.report.charts import charts
from faifo.ai.report.wording import named, worded
from faifo.errors import SettingsError
from faifo.phrases import Phrase, say, spoken
from faifo.phrases.catalogue import phrase_of
from faifo.phrases.figures import day, measured, number

if TYPE_CHECKING:
    from jinja2 import Template

    from faifo.ai.decision.records import Decision


def evidence_page(
    found: EvidenceSet, lang: str, *, name: str, run_times: Sequence[RunTime] = ()
) -> str:
    """Return the page of an assessment."""
    return _page(lang, name, evidence_body(found, lang, run_times=run_times))


def evidence_body(found: EvidenceSet, lang: str, *, run_times: Sequence[RunTime] = ()) -> str:
    """Return what the page of an assessment says, as HTML below a heading of the first level."""
    return _body(lang, found=found, run_times=run_times)


def passport_page(passport: Passport, lang: str, decision: Decision | None = None) -> str:
    """Return the page of a passport, with a decision about it if there is one."""
    return _page(lang, passport.name, passport_body(passport, lang, decision))


def passport_body(passport: Passport, lang: str, decision: Decision | None = None) -> str:
    """Return what the page of a passport says, as HTML below a heading of the first level."""
    found = EvidenceSet(
        task=passport.task, evidence=passport.evidence, not_measured=passport.not_measured
    )
    rows = [
        (say("ai.report.identifier", lang), passport.id),
        (say("ai.report.name", lang), f"{passport.name} {passport.version}"),
        (
            say("ai.report.issuer", lang),
            " ".join(filter(None, [passport.issuer.name, passport.issuer.economy])),
        ),
        (say("ai.report.did", lang), passport.issuer.did),
        (say("ai.report.valid", lang), f"{day(passport.issued)} – {day(passport.expires)}"),
        (say("ai.report.purpose", lang), passport.purpose),
        (say("ai.report.affected", lang), passport.affected),
        (say("ai.report.limits", lang), passport.limits),
        (say("ai.report.risk", lang), say(f"ai.report.risk-{passport.risk.level}", lang)),
        *_use_rows(passport, lang),
        (
            say("ai.report.oversight", lang),
            say(f"ai.report.loop-{passport.oversight.loop}", lang) if passport.oversight else "-",
        ),
        (
            say("ai.report.declaration", lang),
            str(spoken(phrase_of(passport.declaration, "ai.report."), lang)),
        ),
    ]
    return _body(
        lang,
        found=found,
        run_times=passport.run_times,
        passport=passport,
        passport_rows=[row for row in rows if row[1]],
        answers=passport.answers,
        decision=decision,
        decision_lines=sentences(decision, lang, page=True) if decision else [],
    )


def _use_rows(passport: Passport, lang: str) -> Iterator[tuple[str, str]]:
    """Yield what the issuer says of its use."""
    use = passport.use
    for name in use.said() if use else ():
        value = getattr(use, name)
        if name == "representative":
            value = (value.name, value.economy, value.contact)
        elif name == "tools":
            value = tuple(f"{tool.name}: {tool.may}" for tool in value)
        text = value if isinstance(value, str) else "; ".join(filter(None, value))
        yield say(f"ai.use.{name}", lang), text


def _page(lang: str, name: str, body: str) -> str:
    return _template("page").render(
        lang=lang, title=say("ai.report.title", lang, name=name), body=body
    )


def _template(name: str) -> Template:
    try:
        import jinja2
    except ModuleNotFoundError:
        raise SettingsError(
            what=Phrase("errors.told.ai.library.no-jinja"),
            expected=Phrase("errors.told.ai.library.html"),
            advice=Phrase("errors.told.ai.library.pip"),
        ) from None
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.ChainableUndefined, trim_blocks=True
    )
    text = files("faifo.ai.report").joinpath(f"{name}.html.j2").read_text("utf-8")
    return environment.from_string(text)


def _body(lang: str, *, found: EvidenceSet, run_times: Sequence[RunTime], **more: Any) -> str:
    grouped = groupby(found.evidence, key=lambda entry: entry.family)
    cpu = sum(entry.cpu_seconds for entry in run_times)
    watts = next((entry.watts for entry in run_times if entry.watts is not None), None)
    energy = sum(entry.watt_hours or 0.0 for entry in run_times)
    return _template("body").render(
        lang=lang,
        minimum=max((entry.minimum for entry in found.evidence), default=0),
        subjects=list(dict.fromkeys(s for e in found.evidence for s in e.subjects)),
        assumptions=_assumptions(found),
        families=[(family, _with_pictures(list(group), lang)) for family, group in grouped],
        not_measured=found.not_measured,
        cpu=say("ai.report.cpu", lang, seconds=number(cpu, lang)) if run_times else "",
        energy=""
        if watts is None
        else say(
            "ai.report.energy", lang, energy=measured(energy, lang), watts=measured(watts, lang)
        ),
        say=say,
        asked=asked,
        figure_name=figure_name,
        named=named,
        worded=worded,
        place_of=place_of,
        number=lambda value: "–" if value is None else measured(value, lang),
        count=lambda value: number(value, lang),
        **more,
    )


def _assumptions(found: EvidenceSet) -> list[str]:
    """Return what was taken for granted, each sentence once; parameters of others may be odd."""
    told = [entry.parameters.get("assumptions") for entry in found.evidence]
    texts = [text for one in told if isinstance(one, list) for text in one]
    return list(dict.fromkeys(text for text in texts if isinstance(text, str)))


def _with_pictures(group: list[Evidence], lang: str) -> list[tuple[Evidence, list[str]]]:
    return [(entry, charts(entry, lang)) for entry in group]
