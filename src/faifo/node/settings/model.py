"""The settings of a node: one TOML file, `faifo.toml`, checked as a whole before it starts.

`FAIFO_<SECTION>_<NAME>` in the environment prevails over the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from faifo.dataplane.locations import shown
from faifo.errors import Fact, FaifoError, MalformedMessageError, SettingsError
from faifo.messages.dsp_2025_1.narrowing import read_where
from faifo.messages.dsp_2025_1.push_address import is_web_address
from faifo.node.settings.checks import Source, convert
from faifo.node.settings.environment import overrides
from faifo.node.settings.hosted import hosted, installation_of
from faifo.phrases import Phrase
from faifo.policy.terms import Terms
from faifo.trust.dcp.scopes import read_scope, type_scope
from faifo.trust.did import did_of_node_url

Port = Annotated[int, Meta(ge=0, le=65535)]
Economy = Annotated[str, Meta(pattern="^[A-Z]{2}$")]
Positive = Annotated[int, Meta(ge=1)]
Seconds = Annotated[int, Meta(ge=1, le=31_536_000)]
Days = Annotated[int, Meta(ge=0, le=36_500)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: a table of the file; a name that is not a setting is an error."""


class NodeSettings(_Section, frozen=True, kw_only=True):
    """Who this node is. `public_url` is where others reach it, with any path prefix."""

    public_url: str
    name: str = ""
    economy: Annotated[str, Meta(pattern="^([A-Z]{2})?$")] = ""


class ListenSettings(_Section, frozen=True, kw_only=True):
    """Where the public face listens; TLS 1.3 when both PEM files are given.

    With `tls_client_ca` (PEM), who calls must show a certificate of one of these authorities: also
    who reads the DID document, or comes with a browser.

    From `trusted_proxies` (addresses or CIDR) alone X-Forwarded-For is believed, for the access
    log, and from them alone more than `connections_per_address` of the `connections` may come.
    Everything else about the way here comes from `node.public_url`.
    """

    host: str = "127.0.0.1"
    port: Port = 8080
    tls_certificate: str | None = None
    tls_key: str | None = None
    tls_client_ca: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    connections: Annotated[int, Meta(ge=10, le=100_000)] = 1000
    connections_per_address: Annotated[int, Meta(ge=1, le=100_000)] = 250


class ManageSettings(_Section, frozen=True, kw_only=True):
    """Where the management API listens: loopback only, unless you say otherwise. Port 0: any.

    `open_metrics` lets everybody who reaches it read `/metrics`, without a key.
    """

    host: str = "127.0.0.1"
    port: Port = 0
    open_metrics: bool = False
    event_streams: Annotated[int, Meta(ge=1, le=1000)] = 32


class ConsoleSettings(_Section, frozen=True, kw_only=True):
    """A listener of its own for the console, for browsers on other machines; none without `host`.

    The console is on the management listener anyway, for browsers on this machine. `public_url`
    (https, without a path) is the only name that it answers to. TLS by the two PEM files, which it
    needs where `host` is not loopback; else a proxy on this machine does that.
    """

    host: str = ""
    port: Port = 8443
    public_url: str = ""
    tls_certificate: str | None = None
    tls_key: str | None = None
    tls_client_ca: str | None = None


class TrustSettings(_Section, frozen=True, kw_only=True):
    """`mode`: believe whom the trust file names, or who presents credentials (DCP 1.0).

    `did_web_http` resolves did:web by plain http: for demos and tests on one machine. The
    `strangers_` settings bound how much callers that this node has not met make it ask others.
    """

    mode: Literal["file", "credentials"] = "file"
    did_web_http: bool = False
    document_cache_seconds: Seconds = 60
    failure_cache_seconds: Annotated[int, Meta(ge=0, le=3600)] = 5
    strangers_per_minute: Positive = 120
    strangers_per_host: Positive = 30
    strangers_at_once: Positive = 16


class CredentialSettings(_Section, frozen=True, kw_only=True):
    """The roles of DCP 1.0, each by itself; `trust.mode` switches the verifier.

    `holder`: keep and present credentials. `issuer`: be an authority. `ask`: the credential types
    that a caller must present, and that this node lets others see; `ask_also`: those that it may
    present, for terms that want them. `scope_action`: some peers want
    a third part in a scope, `...:MembershipCredential:read`. `watch_seconds`: how often the status
    of those is looked at whose transfers run; of very many it is about 1,500 transfers a second, so
    that other work goes on. `json_status_lists`: who does not ask for a JWT gets this authority's
    status lists as JSON, which nobody signed; some verifiers read nothing else. The `unsafe_`
    settings accept what the specifications forbid.
    """

    holder: bool = True
    issuer: bool = False
    ask: Annotated[tuple[str, ...], Meta(min_length=1)] = ("MembershipCredential",)
    ask_also: tuple[str, ...] = ()
    scope_action: Literal["", "read"] = ""
    presentation_cache_seconds: Seconds = 30
    status_cache_seconds: Seconds = 30
    watch_seconds: Seconds = 30
    json_status_lists: bool = False
    unsafe_unsigned_status_lists: bool = False
    unsafe_unlisted_keys: bool = False


class EgressSettings(_Section, frozen=True, kw_only=True):
    """Outgoing calls. `allow` names networks (CIDR) besides the public internet.

    `ca_file` (PEM, from the node's directory or absolute) adds private authorities;
    `tls_certificate` and `tls_key` are shown to nodes that ask who calls.

    `use_proxy` honours HTTPS_PROXY and NO_PROXY; the proxy must then keep the address rules.
    """

    allow: tuple[str, ...] = ()
    ca_file: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    use_proxy: bool = False
    timeout_seconds: Seconds = 10


class PublishRule(_Section, frozen=True, kw_only=True):
    """Terms of what is published without any and fits all of `where`, as in `faifo catalog`."""

    where: Annotated[tuple[str, ...], Meta(min_length=1, max_length=20)]
    terms: Terms


class PublishPair(_Section, frozen=True, kw_only=True):
    """What one of two economies publishes for the other says the clauses of `pack`."""

    economies: Annotated[tuple[Economy, ...], Meta(min_length=2, max_length=2)]
    pack: str


class PublishSettings(_Section, frozen=True, kw_only=True):
    """`roots`: files may be published from below these folders over the API.

    Besides them only what `faifo publish PATH` has added, in `shared.toml`. `rules`: of what is
    published without terms from now on, the first whose `where` fits says them: `[[publish.rules]]`
    with `where = ["keyword contains rice"]` and `terms = { purposes = ["research"] }`. `pairs`: a
    pack that two economies both require: `[[publish.pairs]]` with `economies = ["VN", "JP"]` and
    `pack`, a name or a TOML file; what falls short is refused, with the clause.
    """

    roots: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()
    rules: Annotated[tuple[PublishRule, ...], Meta(max_length=100)] = ()
    pairs: Annotated[tuple[PublishPair, ...], Meta(max_length=100)] = ()


class ProtocolSettings(_Section, frozen=True, kw_only=True):
    """Limits and patience of the Dataspace Protocol."""

    body_bytes: Positive = 262_144
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    decision_days: Annotated[int, Meta(ge=1, le=36_500)] = 7
    delivery_hours: Annotated[int, Meta(ge=1, le=87_600)] = 24
    ask_seconds: Seconds = 120
    token_minutes: Annotated[int, Meta(ge=1, le=60)] = 60


class SharesSettings(_Section, frozen=True, kw_only=True):
    """What each partner has of this node, so that a busy one keeps no other waiting.

    `places`: requests by the protocol that are worked on at one time, in turn among partners.
    `waiting`: how many of one partner may wait for that. `requests_per_second`: of one partner,
    twice as many after a pause. `accesses`: downloads and calls of one partner at one time.
    `catalog_bytes` and `catalog_datasets`: what is read of one partner's catalog, all pages
    together.
    """

    places: Annotated[int, Meta(ge=1, le=10_000)] = 32
    waiting: Annotated[int, Meta(ge=1, le=10_000)] = 128
    requests_per_second: Annotated[int, Meta(ge=1, le=1_000_000)] = 1000
    accesses: Annotated[int, Meta(ge=1, le=10_000)] = 64
    catalog_bytes: Positive = 67_108_864
    catalog_datasets: Positive = 100_000


class DataSettings(_Section, frozen=True, kw_only=True):
    """Limits of the data plane. What is pushed to this node stays here for `inbox_days`."""

    request_bytes: Positive = 16_777_216
    response_bytes: Positive = 1_073_741_824
    idle_seconds: Seconds = 30
    total_seconds: Seconds = 3600
    inbox_days: Annotated[int, Meta(ge=1, le=3650)] = 7


class BackupSettings(_Section, frozen=True, kw_only=True):
    """Where copies go that are asked for on a page or by the API, and the keys of their months.

    Paths are from the node's directory; without one they are beside it: NAME-backups, and
    faifo-backup-keys.
    """

    folder: str = ""
    keys: str = ""


class LogSettings(_Section, frozen=True, kw_only=True):
    """The log: lines for people, or JSON lines. `file` is relative to the node's directory.

    Without `file` the log goes to stderr. In that directory its name ends in `.log`, as none of the
    node's own does. A file is rotated at `file_bytes`; `files` old ones stay.
    `access` writes one line a request, without tokens and query strings.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["text", "json"] = "text"
    file: str | None = None
    file_bytes: Annotated[int, Meta(ge=10_000)] = 16_777_216
    files: Annotated[int, Meta(ge=1, le=1000)] = 5
    access: bool = True


class TelemetrySettings(_Section, frozen=True, kw_only=True):
    """Traces and metrics for an OpenTelemetry collector, by OTLP over HTTP; needs the extra `otel`.

    The metrics are those of the node's own page for Prometheus.
    """

    endpoint: str = ""


class WebhookSettings(_Section, frozen=True, kw_only=True):
    """Own systems that are told what happens here, signed with the key in `webhooks.secret`.

    `urls` may lead to the public internet and to the networks of `publish.backends`. `events`
    chooses by name, `*` for any part of it. After `retry_hours` an event that an address does not
    take is given up.
    """

    urls: Annotated[tuple[str, ...], Meta(max_length=16)] = ()
    events: tuple[str, ...] = ("*",)
    retry_hours: Annotated[int, Meta(ge=1, le=720)] = 24


class RetentionSettings(_Section, frozen=True, kw_only=True):
    """How long old rows are kept, in days; 0 keeps them for ever.

    What belongs to an open process or to an agreement in force is never removed, nor are
    agreements. `history_days`: messages; `journal_days`: what happened, accesses too, by
    whole days (UTC); `decision_days`: decisions with their facts; `process_days`: negotiations
    and transfers; `stranger_days`: refusals of callers who proved nothing; `token_days`: that a
    token was used, beyond its end, so that a clock that was wrong lets none be used twice;
    `person_days`: decisions about persons with what they were made with, and objections to them.
    `pack_days`: after so many days rows are kept in fewer bytes, and read as before; 0: never.
    """

    history_days: Days = 400
    journal_days: Days = 0
    decision_days: Days = 0
    process_days: Days = 0
    stranger_days: Days = 30
    token_days: Days = 30
    person_days: Days = 400
    pack_days: Days = 1


class NoticeSettings(_Section, frozen=True, kw_only=True):
    """Notices of partners, such as warnings and AI incidents.

    `acknowledge`: a `person` says that a notice is known, or the `node` says so as it arrives.
    `reports_per_minute` and `reports_waiting` bound what the public may write. Own systems hear of
    `notice-received` and `notice-silence` by `webhooks`; of an exercise they hear nothing.
    """

    acknowledge: Literal["person", "node"] = "person"
    reports_per_minute: Positive = 30
    reports_waiting: Positive = 1000


class StoreSettings(_Section, frozen=True, kw_only=True):
    """Where the node keeps its books: in its directory or, with `url`, in a PostgreSQL database.

    `url`: `postgresql://USER@HOST/DATABASE`, without a password; that stands in `password_file`
    (from the node's directory or absolute), in PGPASSWORD or in `~/.pgpass`. `schema` is of this
    node alone; without a name it is called as the node's DID.
    """

    url: str = ""
    password_file: str | None = None
    schema: Annotated[str, Meta(pattern="^([a-z_][a-z0-9_]{0,47})?$")] = ""


class ReceiptSettings(_Section, frozen=True, kw_only=True):
    """Receipts: what this node's log proves to partners, and theirs to it.

    `required`: an agreement waits for the partner's receipt `always`, of those that `announced`
    receipts, or `never`, and then none are handed over. Others follow after `delay_seconds`; one
    that was told of and has not come after `deadline_seconds` is logged as missing. `witnesses` are
    lines of `vkey URL`; of them `cosignatures` must stand under what partners hand over.
    """

    required: Literal["never", "announced", "always"] = "announced"
    delay_seconds: Annotated[float, Meta(ge=0, le=86_400)] = 1.0
    deadline_seconds: Seconds = 60
    witnesses: tuple[str, ...] = ()
    cosignatures: Annotated[int, Meta(ge=0, le=32)] = 0


class BoundSettings(_Section, frozen=True, kw_only=True):
    """What one participant of an installation has, so that none takes the others' share.

    Its own settings say it, or else the installation's for all of them; a node that is served by
    itself has no such bounds. `requests_per_second`: to each of its faces, twice as many after a
    pause; `requests_at_once`: under way at each of them, which is connections that do something;
    `datasets`: published at one time; `storage_bytes`: its books, with what was uploaded and pushed
    to it.
    """

    requests_per_second: Positive | None = None
    requests_at_once: Positive | None = None
    datasets: Positive | None = None
    storage_bytes: Positive | None = None

    def over(self, other: BoundSettings) -> BoundSettings:
        """Return these bounds, and those of `other` where this says nothing."""
        said = {one: getattr(self, one) for one in self.__struct_fields__}
        own = {name: value for name, value in said.items() if value is not None}
        return msgspec.structs.replace(other, **own)


HOSTED = BoundSettings(
    requests_per_second=500, requests_at_once=128, datasets=10_000, storage_bytes=10_737_418_240
)
"""The bounds of a participant where nobody says others."""


class Settings(_Section, frozen=True, kw_only=True):
    """All settings of a node."""

    node: NodeSettings
    listen: ListenSettings = ListenSettings()
    manage: ManageSettings = ManageSettings()
    console: ConsoleSettings = ConsoleSettings()
    trust: TrustSettings = TrustSettings()
    credentials: CredentialSettings = CredentialSettings()
    egress: EgressSettings = EgressSettings()
    publish: PublishSettings = PublishSettings()
    protocol: ProtocolSettings = ProtocolSettings()
    shares: SharesSettings = SharesSettings()
    data: DataSettings = DataSettings()
    log: LogSettings = LogSettings()
    retention: RetentionSettings = RetentionSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    webhooks: WebhookSettings = WebhookSettings()
    notices: NoticeSettings = NoticeSettings()
    receipts: ReceiptSettings = ReceiptSettings()
    store: StoreSettings = StoreSettings()
    backup: BackupSettings = BackupSettings()
    bounds: BoundSettings = BoundSettings()

    @property
    def did(self) -> str:
        """The node's DID, from its public URL."""
        return did_of_node_url(self.node.public_url, as_spelt=True)

    @property
    def delivery_span(self) -> timedelta:
        return timedelta(hours=self.protocol.delivery_hours)

    @property
    def silence_span(self) -> timedelta:
        return timedelta(seconds=self.protocol.ask_seconds)

    @property
    def decision_span(self) -> timedelta:
        return timedelta(days=self.protocol.decision_days)

    @property
    def token_span(self) -> timedelta:
        return timedelta(minutes=self.protocol.token_minutes)


def read_settings(path: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in the TOML file at `path`, under what `environ` overrides.

    Those of a participant are what they come to in its installation; `environ` is then about the
    installation alone.

    Raises:
        SettingsError: missing, not TOML, a wrong name or value; says in which line, and what was
            expected.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(
            what=Phrase("errors.told.setting.no-file", name=path.name, parent=path.parent),
            expected=Phrase("errors.told.node.directory"),
            advice=Phrase("errors.told.setting.init", parent=path.parent),
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error),
            expected=Phrase("errors.told.file.utf8"),
        ) from None
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            what=Phrase("errors.told.file.unreadable", path=path, why=error), expected="TOML"
        ) from None
    variables: dict[tuple[str, ...], str] = {}
    above = installation_of(path.parent)
    given = {} if above else os.environ if environ is None else environ
    for setting, variable, value in overrides(given, Settings):
        section, name = setting
        table = content.setdefault(section, {})
        if isinstance(table, dict):
            table[name] = value
            variables[setting] = variable
    source = Source(str(path), text, variables)
    settings = convert(content, Settings, source)
    _check(settings, source)
    if above:
        return hosted(settings, read_settings(above / path.name, environ), above)
    return settings


def _check(settings: Settings, source: Source) -> None:
    """Check what no type can say."""

    def wrong(
        section: str, name: str, what: Fact, expected: Fact, advice: Fact = ""
    ) -> SettingsError:
        place = source.place((section, name))
        return SettingsError(
            what=Phrase(
                "errors.told.setting.wrong", place=place, section=section, name=name, what=what
            ),
            expected=expected,
            advice=advice,
        )

    public_url = settings.node.public_url
    try:
        url = urlsplit(public_url)
    except ValueError:  # brackets that are no IPv6 address
        url = urlsplit("")
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise wrong(
            "node",
            "public_url",
            Phrase("errors.told.setting.public-url.is", public_url=public_url),
            Phrase("errors.told.setting.public-url.wanted"),
        )
    try:
        _ = settings.did
    except FaifoError as error:
        raise wrong(
            "node",
            "public_url",
            Phrase("errors.told.setting.public-url.no-did", why=error.said()),
            Phrase("errors.told.setting.public-url.host"),
            Phrase("errors.told.setting.public-url.local"),
        ) from None
    if url.scheme == "http" and not settings.trust.did_web_http:
        raise wrong(
            "node",
            "public_url",
            Phrase("errors.told.setting.public-url.plain"),
            Phrase("errors.told.setting.public-url.https"),
        )
    roles = settings.credentials
    for setting, name in [("ask", one) for one in roles.ask] + [
        ("ask_also", one) for one in roles.ask_also
    ]:
        try:
            read_scope(str(type_scope(name)))
        except FaifoError:
            raise wrong(
                "credentials",
                setting,
                Phrase("errors.told.setting.has", item=name),
                Phrase("errors.told.setting.credential-type"),
            ) from None
    if settings.trust.mode == "credentials" and not settings.credentials.holder:
        raise wrong(
            "credentials",
            "holder",
            Phrase("errors.told.setting.holder.off"),
            Phrase("errors.told.setting.holder.wanted"),
        )
    for section in ("listen", "console", "egress"):
        files = getattr(settings, section)
        if bool(files.tls_certificate) != bool(files.tls_key):
            given, other = "tls_certificate", "tls_key"
            if files.tls_key:
                given, other = other, given
            raise wrong(
                section,
                given,
                Phrase("errors.told.setting.tls.half", other=f"{section}.{other}"),
                Phrase("errors.told.setting.tls.both"),
            )
        if getattr(files, "tls_client_ca", None) and not files.tls_certificate:
            raise wrong(
                section,
                "tls_client_ca",
                Phrase("errors.told.setting.tls.half", other=f"{section}.tls_certificate"),
                Phrase("errors.told.setting.tls.with"),
            )
    console = settings.console
    if console.host:
        home, tls = urlsplit(console.public_url), console.tls_certificate and console.tls_key
        if home.scheme != "https" or not home.netloc or home.path.strip("/"):
            raise wrong(
                "console",
                "public_url",
                Phrase("errors.told.setting.console.url", url=console.public_url or "-"),
                Phrase("errors.told.setting.console.https"),
            )
        if not tls and not loopback(console.host):
            raise wrong(
                "console",
                "host",
                Phrase("errors.told.setting.console.plain", host=console.host),
                Phrase("errors.told.setting.console.tls"),
            )
    if settings.store.url and not _without_password(settings.store.url):
        raise wrong(
            "store",
            "url",
            Phrase("errors.told.setting.store.is"),
            Phrase("errors.told.store.url-like"),
            Phrase("errors.told.setting.store.password"),
        )
    for address in settings.webhooks.urls:
        if not is_web_address(address):
            raise wrong(
                "webhooks",
                "urls",
                Phrase("errors.told.setting.has", item=shown(address)),
                Phrase("errors.told.webhooks.url"),
            )
    endpoint = settings.telemetry.endpoint
    if endpoint and not is_web_address(endpoint):
        has = Phrase("errors.told.setting.has", item=shown(endpoint))
        raise wrong("telemetry", "endpoint", has, Phrase("errors.told.webhooks.url"))
    written, folder = settings.log.file or ".log", Path(source.name).parent.resolve()
    inside = (folder / written).resolve().is_relative_to(folder)
    if inside and not written.endswith(".log"):
        raise wrong(
            "log",
            "file",
            Phrase("errors.told.setting.has", item=written),
            Phrase("errors.told.setting.log.wanted"),
        )
    receipts = settings.receipts
    if receipts.cosignatures > len(receipts.witnesses):
        few = Phrase("errors.told.setting.cosignatures.is", count=receipts.cosignatures)
        at_most = Phrase("errors.told.setting.cosignatures.most", count=len(receipts.witnesses))
        raise wrong("receipts", "cosignatures", few, at_most)
    for rule in settings.publish.rules:
        try:
            read_where(rule.where)
        except MalformedMessageError as error:
            has = Phrase("errors.told.setting.has", item=", ".join(rule.where))
            raise wrong("publish", "rules", has, error.expected) from None
    for section, name, networks in (
        ("listen", "trusted_proxies", settings.listen.trusted_proxies),
        ("egress", "allow", settings.egress.allow),
        ("publish", "backends", settings.publish.backends),
    ):
        for network in networks:
            try:
                ip_network(network)
            except ValueError:
                expected = Phrase("errors.told.setting.network")
                raise wrong(
                    section, name, Phrase("errors.told.setting.has", item=network), expected
                ) from None


def _without_password(url: str) -> bool:
    """Tell whether a text is a URL of PostgreSQL without a secret in it: it may be shown."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    secret = parts.password is not None or "password" in parts.query.lower()
    return parts.scheme in {"postgresql", "postgres"} and not secret


def template(
    *, name: str, economy: str, public_url: str, port: int, root: str | None = None, local: bool
) -> str:
    """Return the text of a new node's `faifo.toml`; `local` for nodes on one machine."""
    lines = [
        "# The settings of a Faifo node. Every name is explained in docs/reference/settings.md.",
        "",
        "[node]",
        f"name = {quoted(name)}",
        f"economy = {quoted(economy)}",
        f"public_url = {quoted(public_url)}",
        "",
        "[listen]",
        "# Loopback. Others reach the node through a proxy on this machine; or give it TLS files,",
        '# and then "0.0.0.0".',
        'host = "127.0.0.1"',
        f"port = {port}",
        "",
        "[publish]",
        "# Files below these folders may be published over the API. What the owner of this",
        "# directory publishes by `faifo publish PATH` is added to shared.toml.",
        f"roots = [{quoted(root) if root else ''}]",
    ]
    if local:
        lines += [
            "# HTTP services may be published from these addresses (they are called by this node).",
            'backends = ["127.0.0.0/8", "::1/128"]',
        ]
    lines += [
        "",
        "[trust]",
        "# Served are the nodes in trust.toml; with this line, whoever proves membership.",
        '# mode = "credentials"',
    ]
    if local:
        lines += [
            "# did:web by plain http: for nodes on one machine only.",
            "did_web_http = true",
            "",
            "[egress]",
            "# Networks besides the public internet that this node may call.",
            'allow = ["127.0.0.0/8", "::1/128"]',
        ]
    return "\n".join(lines) + "\n"


def exposed(settings: Settings) -> str:
    """Return the address on which others can reach the public face in plain HTTP, or nothing."""
    listen = settings.listen
    if listen.tls_certificate and listen.tls_key:
        return ""
    return "" if loopback(listen.host) else listen.host


def loopback(host: str) -> bool:
    """Tell whether only this machine reaches a listener on `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def quoted(text: str) -> str:
    """Return `text` as it stands in a TOML file."""
    # A JSON string is a TOML string, except for DEL, which TOML wants escaped.
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
