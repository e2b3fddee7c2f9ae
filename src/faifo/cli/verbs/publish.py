"""`faifo publish`: put files and HTTP APIs into the catalog, under terms, one or thousands."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faifo.cli.access import run
from faifo.cli.choices import Choices, verb
from faifo.cli.consequences import agree, yes
from faifo.cli.offers import persons, terms_of
from faifo.cli.output import fields, note, result
from faifo.cli.progress import line
from faifo.cli.publishing import NotAllPublishedError
from faifo.cli.terms import term_options, terms_given
from faifo.dataplane.locations import QUERY, is_url
from faifo.node.offering.manifest import read_folder, read_manifest, read_properties
from faifo.phrases import Phrase
from faifo.phrases.figures import size
from faifo.policy.terms import Terms, is_one, settings

if TYPE_CHECKING:
    from faifo.api.datasets import Dataset, Publication, TermsChanged
    from faifo.api.node import Node
    from faifo.api.processes import Agreement
    from faifo.client import Client

PASSPORT_BYTES = 256 * 1024
SHOWN = 3


def access_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options of who sees it: what is proven of a caller, not what he declares."""
    for operand, one in reversed(tuple(settings())):
        if is_one(operand) or operand.declared or not operand.proven:
            continue
        option = click.option(
            f"--seen-by-{one.option.removeprefix('--')}",
            f"seen_{one.name}",
            multiple=True,
            help="Who sees it, apart from who may use it; several times.",
            metavar=one.metavar or "TEXT",
        )
        function = option(function)
    return function


@verb(
    "publish",
    example="faifo publish rice-prices.csv --title 'Rice prices' --until 2026-12-31 \\\n"
    "    --recipient did:web:node.example.org --purpose research\n"
    "faifo publish https://models.internal/v1 --id loan-model --credentials model.headers\n"
    "faifo publish s3://statistics/prices.csv --credentials shelf.options\n"
    "faifo publish --query prices.sql --credentials database.options --id prices\n"
    "faifo publish tables/ --licence CC-BY-4.0\n"
    "faifo publish --carries warnings --id alerts\n"
    "faifo publish --manifest datasets.csv\n"
    "faifo publish --where 'keyword contains rice' --until 2026-12-31",
    short_help="Offer a file, a folder or an HTTP API.",
)
@click.argument("location", metavar="[PATH|URL]", required=False)
@click.option(
    "--manifest", type=click.Path(path_type=Path), help="A .csv or .json with many datasets."
)
@click.option(
    "--query",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The rows of the SQL query in FILE, asked of the database in --credentials.",
)
@click.option(
    "--where",
    multiple=True,
    metavar="CONDITION",
    help="No file: these terms for all that is published and fits; several times.",
)
@click.option("--id", "name", help="The dataset's id (default: made of its title).")
@click.option("--title", help="What people read in the catalog (default: the file's name).")
@click.option("--description", default="")
@click.option("--keyword", "keywords", multiple=True, help="May be given several times.")
@click.option(
    "--property",
    "properties",
    multiple=True,
    metavar="NAME=VALUE",
    help="A property of your own making, which the catalog shows; several times.",
)
@click.option("--licence", "--license", help="A licence, as a URL or name.")
@click.option("--media-type", help="Such as text/csv (default: by the file's name).")
@click.option(
    "--terms",
    "terms_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Terms in plain form (YAML), or ODRL in a .json; see `faifo policy`.",
)
@click.option("--pack", "packs", multiple=True, help="A pack whose clauses are added; several.")
@click.option(
    "--citizens", type=click.IntRange(0, 10**10), help="Of how many citizens the data is."
)
@click.option("--sensitive", is_flag=True, help="With --citizens: it is sensitive data.")
@term_options
@access_options
@click.option(
    "--credentials",
    type=click.Path(path_type=Path),
    help="A file in the node's directory with the headers that the HTTP API wants, or the options "
    "of an object's store.",
)
@click.option(
    "--tell-caller",
    type=click.Choice(("plain", "signed")),
    help="Tell the HTTP API who calls, under which agreement, for which purpose.",
)
@click.option(
    "--pass-header",
    "pass_headers",
    multiple=True,
    metavar="NAME",
    help="A field of callers that the HTTP API gets, too; several times.",
)
@click.option(
    "--passport",
    type=click.Path(path_type=Path, dir_okay=False),
    help="An AI passport of this node, from `faifo ai passport make`.",
)
@click.option("--contact", help="Where it concerns persons: whom they may ask.")
@click.option("--notice", help="Where it concerns persons: the URL of the notice to them.")
@click.option("--appeal", help="Where it concerns persons: how they object.")
@click.option(
    "--carries",
    metavar="KIND",
    help="No data: notices of this kind are pushed to who has an agreement (warnings, …).",
)
@click.option(
    "--replace",
    is_flag=True,
    help="Make a new version of what is published under this id; agreements with wider terms end.",
)
@yes
def command(
    choices: Choices,
    location: str | None,
    manifest: Path | None,
    query: Path | None,
    name: str | None,
    credentials: Path | None,
    passport: Path | None,
    where: tuple[str, ...],
    yes: bool,
    terms_file: Path | None,
    **described: Any,
) -> None:
    """Offer a file, an API, a stored object or a query; without terms, to every trusted node.

    Of a folder, each file becomes a dataset FOLDER/FILE. A manifest has one dataset a row, with
    columns that are called as the options are (location, id, title, until, recipients, …); lists
    are parted by semicolons. What stands beside it as an option holds for rows that leave it out.
    What is published already is left as it is, so the same command goes on after a break. What lies
    outside `publish.roots` is added to what this node may publish: exactly that file or folder. The
    node need not be running.
    """
    import msgspec

    from faifo.api.datasets import Publication

    terms = terms_given(described)
    described["properties"] = read_properties(described["properties"])
    seen = {name[5:]: described.pop(name) for name in [*described] if name.startswith("seen_")}
    if any(seen.values()):
        described["access"] = Terms(**seen)
    described["tell_caller"] = described["tell_caller"] or ""
    if where:
        alone = (location, manifest, name, terms_file, *described["packs"])
        if any(one is not None for one in alone):
            raise click.UsageError(str(Phrase("cli.usage.where-alone")))
        _everywhere(choices, where, terms, described.get("access"), sure=yes)
        return
    if terms_file is not None or described["packs"]:
        described["policy"] = _policy(terms, terms_file, described["packs"])
        terms = Terms()
    given = {"terms": terms, "credentials": _inside(choices, credentials), **described}
    wanted = msgspec.convert({"location": "", "id": name, **given}, Publication)
    if wanted.carries:
        if location is not None or manifest is not None or passport is not None:
            raise click.UsageError(str(Phrase("cli.usage.carries-alone")))
        _one(choices, wanted)
        return
    if query is not None:
        if location is not None or manifest is not None:
            raise click.UsageError(str(Phrase("cli.usage.one-source")))
        location = QUERY + query.read_text(encoding="utf-8-sig")
    if (location is None) == (manifest is None):
        raise click.UsageError(str(Phrase("cli.usage.one-source")))
    if passport is not None:
        if manifest is not None or Path(location or "").is_dir():
            raise click.UsageError(str(Phrase("cli.usage.passport-beside")))
        wanted = msgspec.structs.replace(wanted, passport=_passport(passport))
    place = location or ""
    if manifest is not None:
        found = read_manifest(manifest, wanted)
        _confirm(choices, found, sure=yes)
        beside = manifest.absolute().resolve().parent
        with _shared(choices, [one.location for one in found], below=beside):
            _many(choices, found)
    elif not is_url(place) and Path(place).is_dir():
        found = read_folder(Path(place), wanted)
        _confirm(choices, found, sure=yes)
        with _shared(choices, [place]):
            _many(choices, found)
    else:
        if not is_url(place):
            place = str(Path(place).absolute())
        wanted = msgspec.structs.replace(wanted, location=place)
        _confirm(choices, [wanted], sure=yes)
        with _shared(choices, [place]):
            _one(choices, wanted)


def _policy(terms: Terms, file: Path | None, packs: tuple[str, ...]) -> dict[str, Any]:
    """Return the policy of a file or of the terms, with what the packs add."""
    from faifo.cli.verbs.policy import policy_in
    from faifo.policy.terms import offer

    if file is not None and terms != Terms():
        raise click.UsageError(str(Phrase("cli.usage.terms-twice")))
    return policy_in(file, packs, base=offer(terms))


def _everywhere(
    choices: Choices, where: tuple[str, ...], terms: Terms, access: Terms | None, *, sure: bool
) -> None:
    """Put all that fits under the same terms, after having said what that ends."""
    from faifo.policy.compare import narrows
    from faifo.policy.terms import offer

    def changed(*, ask: bool) -> TermsChanged:
        return run(
            choices,
            lambda client: client.change_terms(where=where, terms=terms, access=access, ask=ask),
            stopped=True,
        )

    fits = changed(ask=True)
    if fits.fitting:
        stays = _stays(narrows, offer(terms))
        names = ", ".join(fits.datasets[:SHOWN])
        question = choices.say("publish.ask", count=fits.fitting, names=names)
        agree(choices, question, [(name, stays) for name in fits.datasets], sure=sure)
    done = changed(ask=False)
    facts = {"fitting": done.fitting, "changed": done.changed}
    result(choices, done, [choices.say("publish.where", **facts)])


def _confirm(choices: Choices, publications: list[Publication], *, sure: bool) -> None:
    """Say what a new version ends, and ask."""
    from faifo.policy.compare import narrows
    from faifo.policy.terms import offer

    found = [_ruled(choices, one) for one in publications if one.replace and one.id]
    if found:
        policies = [(str(one.id), one.policy or offer(one.terms)) for one in found]
        datasets = [(name, _stays(narrows, policy)) for name, policy in policies]
        names = ", ".join(name for name, _ in datasets[:SHOWN])
        question = choices.say("publish.ask", count=len(datasets), names=names)
        agree(choices, question, datasets, sure=sure)


def _ruled(choices: Choices, publication: Publication) -> Publication:
    """Return it with the terms that the rules of a node of one's own give it."""
    from faifo.node.custody.directory import Directory
    from faifo.node.offering.publishing import ruled
    from faifo.node.settings.model import read_settings

    directory = Directory(choices.directory)
    if choices.url is not None or not directory.settings.exists():
        return publication
    return ruled(publication, read_settings(directory.settings).publish.rules)


def _stays(narrows: Any, policy: dict[str, Any]) -> Callable[[Agreement], bool]:
    return lambda agreement: bool(narrows(agreement.document, policy).permits)


@contextmanager
def _shared(choices: Choices, locations: list[str], below: Path | None = None) -> Iterator[None]:
    """Add what the owner of the directory names to what may be published; not if that fails.

    `below`: of a manifest, which others may have written, only what lies beside it.
    """
    from faifo.node.custody.directory import Directory
    from faifo.node.custody.shared_files import share, unshare
    from faifo.node.settings.model import read_settings

    directory = Directory(choices.directory)
    paths = [Path(one) for one in locations if not is_url(one) and Path(one).exists()]
    if below is not None:
        paths = [one for one in paths if one.resolve().is_relative_to(below)]
    if choices.url is not None or not paths or not directory.settings.exists():
        yield  # whoever has a key only is not the owner of the directory
        return
    added = share(directory, paths, read_settings(directory.settings).publish.roots)
    try:
        yield
    except NotAllPublishedError:
        added = ()
        raise
    except BaseException:
        unshare(directory, added)
        raise
    for path in added:
        note(choices, choices.say("publish.added", path=path))


def _one(choices: Choices, publication: Publication) -> None:
    async def work(client: Client) -> tuple[Node, Dataset]:
        return await client.node(), await client.publish(publication)

    node, dataset = run(choices, work, stopped=True)
    result(choices, dataset, _lines(choices, node, dataset))


def _many(choices: Choices, publications: list[Publication]) -> None:
    from faifo.cli.publishing import publish_all

    show, clear = line(choices)
    try:
        done = run(
            choices,
            lambda client: publish_all(client, publications, show, choices.lang),
            stopped=True,
        )
    finally:
        clear()
    for failure in done.failures:
        note(choices, failure.line())
    facts = {"published": len(done.published), "there": len(done.there)}
    result(choices, done, [choices.say("publish.many", **facts)])
    if done.failures:
        raise NotAllPublishedError(done)


def _passport(path: Path) -> str:
    from faifo.cli.files import read
    from faifo.errors import MalformedMessageError

    try:
        return read(path, "passport", PASSPORT_BYTES).decode()
    except UnicodeDecodeError:
        raise MalformedMessageError(
            what=Phrase("errors.told.pack.text", pack=str(path)),
            expected=Phrase("errors.noun.passport"),
        ) from None


def _inside(choices: Choices, credentials: Path | None) -> str | None:
    """Return the credentials file as a path below the node's directory."""
    if credentials is None:
        return None
    if choices.url is not None:
        return str(credentials)
    from faifo.errors import SettingsError

    home = choices.directory.absolute().resolve()
    for path in (credentials.absolute().resolve(), (home / credentials).resolve()):
        if path.is_relative_to(home) and path.is_file():
            return str(path.relative_to(home))
    raise SettingsError(
        what=Phrase("errors.told.publish.credentials", credentials=str(credentials)),
        expected=Phrase("errors.told.publish.inside", home=str(home)),
        advice=Phrase("errors.told.publish.line"),
    )


def _lines(choices: Choices, node: Node, dataset: Dataset) -> list[str]:
    lines = [choices.say("publish.done", title=dataset.title)]
    lines += fields(
        choices,
        [
            ("id", dataset.id),
            ("carries", dataset.carries),
            ("size", size(dataset.size)),
            ("sha256", dataset.sha256),
            ("terms", terms_of(choices, dataset.policy)),
            ("seen-by", terms_of(choices, dataset.access) if dataset.access else None),
            ("passport", dataset.passport_sha256),
            *persons(dataset.persons),
        ],
    )
    how = "warn subscribe" if dataset.carries else "get"
    taking = f"faifo {how} {node.did} {shlex.quote(dataset.id)}"
    return [*lines, choices.say("publish.next", command=taking)]
