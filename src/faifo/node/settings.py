"""The settings of a node: one TOML file, `faifo.toml`, checked as a whole before it starts."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from faifo.errors import FaifoError, SettingsError
from faifo.trust.dcp.scopes import read_scope, type_scope
from faifo.trust.did import did_of_node_url

Port = Annotated[int, Meta(ge=0, le=65535)]
Positive = Annotated[int, Meta(ge=1)]


class _Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base: a table of the file; a name that is not a setting is an error."""


class NodeSettings(_Section, frozen=True, kw_only=True):
    """Who this node is. `public_url` is where others reach it, with any path prefix."""

    public_url: str
    name: str = ""
    economy: str = ""


class ListenSettings(_Section, frozen=True, kw_only=True):
    """Where the public face listens; TLS 1.3 when both PEM files are given."""

    host: str = "127.0.0.1"
    port: Port = 8080
    tls_certificate: str | None = None
    tls_key: str | None = None


class ManageSettings(_Section, frozen=True, kw_only=True):
    """Where the management API listens: loopback only, unless you say otherwise. Port 0: any."""

    host: str = "127.0.0.1"
    port: Port = 0


class TrustSettings(_Section, frozen=True, kw_only=True):
    """`mode`: believe whom the trust file names, or who presents credentials (DCP 1.0).

    `did_web_http` resolves did:web by plain http: for demos and tests on one machine.
    """

    mode: Literal["file", "credentials"] = "file"
    did_web_http: bool = False
    document_cache_seconds: Positive = 60


class CredentialSettings(_Section, frozen=True, kw_only=True):
    """The roles of DCP 1.0, each by itself; `trust.mode` switches the verifier.

    `holder`: keep and present credentials. `issuer`: be an authority. `ask`: the credential types
    that a caller must present, and that this node lets others see. `scope_action`: some peers want
    a third part in a scope, `...:MembershipCredential:read`. `watch_seconds`: how often the status
    of those is looked at whose transfers run. The `unsafe_` settings accept what the
    specifications forbid.
    """

    holder: bool = True
    issuer: bool = False
    ask: Annotated[tuple[str, ...], Meta(min_length=1)] = ("MembershipCredential",)
    scope_action: Literal["", "read"] = ""
    presentation_cache_seconds: Positive = 30
    status_cache_seconds: Positive = 30
    watch_seconds: Positive = 30
    unsafe_unsigned_status_lists: bool = False
    unsafe_unlisted_keys: bool = False


class EgressSettings(_Section, frozen=True, kw_only=True):
    """Outgoing calls. `allow` names networks (CIDR) besides the public internet.

    `use_proxy` honours HTTPS_PROXY and NO_PROXY; the proxy must then keep the address rules.
    """

    allow: tuple[str, ...] = ()
    ca_file: str | None = None
    use_proxy: bool = False
    timeout_seconds: Positive = 10


class PublishSettings(_Section, frozen=True, kw_only=True):
    """`roots`: files may be published from below these folders only."""

    roots: tuple[str, ...] = ()
    backends: tuple[str, ...] = ()


class ProtocolSettings(_Section, frozen=True, kw_only=True):
    """Limits and patience of the Dataspace Protocol."""

    body_bytes: Positive = 262_144
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 100
    decision_days: Positive = 7
    delivery_hours: Positive = 24
    token_minutes: Annotated[int, Meta(ge=1, le=60)] = 60


class DataSettings(_Section, frozen=True, kw_only=True):
    """Limits of the data plane."""

    request_bytes: Positive = 16_777_216
    response_bytes: Positive = 1_073_741_824
    idle_seconds: Positive = 30
    total_seconds: Positive = 3600


class Settings(_Section, frozen=True, kw_only=True):
    """All settings of a node."""

    node: NodeSettings
    listen: ListenSettings = ListenSettings()
    manage: ManageSettings = ManageSettings()
    trust: TrustSettings = TrustSettings()
    credentials: CredentialSettings = CredentialSettings()
    egress: EgressSettings = EgressSettings()
    publish: PublishSettings = PublishSettings()
    protocol: ProtocolSettings = ProtocolSettings()
    data: DataSettings = DataSettings()

    @property
    def did(self) -> str:
        """The node's DID, from its public URL."""
        return did_of_node_url(self.node.public_url)

    @property
    def delivery_span(self) -> timedelta:
        return timedelta(hours=self.protocol.delivery_hours)

    @property
    def decision_span(self) -> timedelta:
        return timedelta(days=self.protocol.decision_days)

    @property
    def token_span(self) -> timedelta:
        return timedelta(minutes=self.protocol.token_minutes)


def read_settings(path: Path) -> Settings:
    """Return the settings in the TOML file at `path`.

    Raises:
        SettingsError: missing, not TOML, a wrong name or value; says which and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SettingsError(
            what=f"there is no {path.name} in {path.parent}",
            expected="a node's directory",
            advice=f"make one with: faifo init {path.parent}",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(what=f"{path} cannot be read: {error}", expected="UTF-8 text") from None
    try:
        settings = msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(what=f"{path}: {error}", expected="TOML") from None
    except msgspec.ValidationError as error:
        raise SettingsError(
            what=f"{path}: {error}", expected="the settings of docs/reference"
        ) from None
    _check(path, settings)
    return settings


def _check(path: Path, settings: Settings) -> None:
    try:
        url = urlsplit(settings.node.public_url)
    except ValueError:  # brackets that are no IPv6 address
        url = urlsplit("")
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise SettingsError(
            what=f"{path}: node.public_url is {settings.node.public_url!r}",
            expected="an http or https URL without query, such as https://node.example.org",
        )
    try:
        _ = settings.did
    except FaifoError as error:
        raise SettingsError(
            what=f"{path}: node.public_url gives no DID: {error}",
            expected="a host name (did:web forbids IP addresses)",
            advice="for one machine use http://localhost:PORT",
        ) from None
    if url.scheme == "http" and not settings.trust.did_web_http:
        raise SettingsError(
            what=f"{path}: node.public_url is plain http",
            expected="https, or trust.did_web_http = true for demos on one machine",
        )
    for name in settings.credentials.ask:
        try:
            read_scope(str(type_scope(name)))
        except FaifoError:
            raise SettingsError(
                what=f"{path}: credentials.ask has {name!r}",
                expected="the name of a credential type, such as MembershipCredential",
            ) from None
    if settings.trust.mode == "credentials" and not settings.credentials.holder:
        raise SettingsError(
            what=f"{path}: trust.mode is credentials and credentials.holder is off",
            expected="a holder: others will ask this node for its credentials, too",
        )
    if bool(settings.listen.tls_certificate) != bool(settings.listen.tls_key):
        raise SettingsError(
            what=f"{path}: only one of listen.tls_certificate and listen.tls_key is set",
            expected="both or none",
        )
    for network in settings.egress.allow:
        try:
            ip_network(network)
        except ValueError:
            raise SettingsError(
                what=f"{path}: egress.allow has {network!r}",
                expected="a network such as 10.2.0.0/16",
            ) from None


def template(*, name: str, economy: str, public_url: str, port: int, root: str, local: bool) -> str:
    """Return the text of a new node's `faifo.toml`; `local` for nodes on one machine."""
    lines = [
        "# The settings of a Faifo node. Every name is explained in docs/reference/settings.md.",
        "",
        "[node]",
        f"name = {_quoted(name)}",
        f"economy = {_quoted(economy)}",
        f"public_url = {_quoted(public_url)}",
        "",
        "[listen]",
        'host = "127.0.0.1"' if local else 'host = "0.0.0.0"',
        f"port = {port}",
        "",
        "[publish]",
        "# Files may be published from below these folders only.",
        f"roots = [{_quoted(root)}]",
    ]
    if local:
        lines += [
            "# HTTP services may be published from these addresses (they are called by this node).",
            'backends = ["127.0.0.0/8", "::1/128"]',
            "",
            "[trust]",
            "# did:web by plain http: for nodes on one machine only.",
            "did_web_http = true",
            "",
            "[egress]",
            "# Networks besides the public internet that this node may call.",
            'allow = ["127.0.0.0/8", "::1/128"]',
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    # A JSON string is a TOML string, except for DEL, which TOML wants escaped.
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")
