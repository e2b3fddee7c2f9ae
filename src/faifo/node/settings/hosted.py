"""A participant of an installation: a node's directory in `participants/` of another node's.

The installation's process serves them all, so where it listens, what it logs and what the
environment overrides is the installation's; who a participant is and what it does is its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from faifo.errors import SettingsError
from faifo.phrases import Phrase

if TYPE_CHECKING:
    from faifo.node.settings.model import Settings

FOLDER: Final = "participants"


def installation_of(directory: Path) -> Path | None:
    """Return the directory of the installation that `directory` is a participant of, if it is."""
    above = directory.absolute().parent
    return above.parent if above.name == FOLDER and (above.parent / "faifo.toml").exists() else None


def hosted(own: Settings, installation: Settings, folder: Path) -> Settings:
    """Return a participant's settings as they count in the installation in `folder`.

    Raises:
        SettingsError: its console's address is none that can be told apart.
    """
    from faifo.node.settings.model import HOSTED, LogSettings, TelemetrySettings

    listen, console = installation.listen, installation.console
    if own.console.public_url and urlsplit(own.console.public_url).scheme != "https":
        raise SettingsError(
            what=Phrase("errors.told.setting.console.url", url=own.console.public_url),
            expected=Phrase("errors.told.participant.console"),
        )
    return msgspec.structs.replace(
        own,
        listen=msgspec.structs.replace(listen, **_files(folder, listen)),
        manage=installation.manage,
        console=msgspec.structs.replace(
            console,
            public_url=own.console.public_url,
            **_files(folder, console),
        ),
        # What the installation logs is about others, too: no participant reads it.
        log=LogSettings(),
        telemetry=TelemetrySettings(),
        bounds=own.bounds.over(installation.bounds).over(HOSTED),
    )


def template(
    *, name: str, economy: str, public_url: str, installation: Settings, folder: Path
) -> str:
    """Return the text of a new participant's `faifo.toml`: believing and calling as its host.

    `folder` is the installation's, from which its settings name files.
    """
    from faifo.node.settings.model import quoted

    trust, egress, store = installation.trust, installation.egress, installation.store
    lines = [
        "# A participant's settings. Where it listens and what is logged is the installation's.",
        "",
        "[node]",
        f"name = {quoted(name)}",
        f"economy = {quoted(economy)}",
        f"public_url = {quoted(public_url)}",
        "",
        "[trust]",
        f'mode = "{trust.mode}"',
    ]
    if trust.did_web_http:
        lines.append("did_web_http = true")
    shown = _files(folder, egress)
    if egress.allow or egress.use_proxy or shown:
        lines += ["", "[egress]", f"allow = [{', '.join(map(quoted, egress.allow))}]"]
        lines += ["use_proxy = true"] if egress.use_proxy else []
        lines += [f"{one} = {quoted(path)}" for one, path in shown.items()]
    if store.url:
        lines += ["", "[store]", "# A schema of its own, by its DID.", f"url = {quoted(store.url)}"]
        lines += [f"{one} = {quoted(path)}" for one, path in _files(folder, store).items()]
    lines += [
        "",
        "# [bounds]",
        "# What it may have, instead of what the installation says for all: see `[bounds]` in",
        "# docs/reference/settings.md.",
    ]
    return "\n".join(lines) + "\n"


def _files(folder: Path, section: msgspec.Struct) -> dict[str, str]:
    """Return where the files are that a section of the installation's settings names."""
    return {
        name: str(folder / named)
        for name in ("tls_certificate", "tls_key", "tls_client_ca", "ca_file", "password_file")
        if (named := getattr(section, name, None))
    }
