"""`python -m tck.node.dcp`: a node in all roles of DCP 1.0, for the DCP conformance kit.

What the kit does beside the specification is accepted here only: status lists that nobody signed
and of 2 KiB, a Bitstring entry in a credential of VCDM 1.1, credentials without their base type or
with any `sub`, and DID documents that do not say what their keys are for (dsp-dcp.md, traps 15 to
19). Every request for credentials is granted. The verifier itself is the product's.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec

from faifo import clock, ids
from faifo.dataplane.server import Server, make_server
from faifo.errors import FaifoError
from faifo.node.custody.trust_file import TrustedIssuer, add_issuer
from faifo.node.http.app import App, Routed
from faifo.node.http.problems import problem
from faifo.node.http.reading import read_bounded
from faifo.node.http.request import Request
from faifo.node.http.response import Response
from faifo.node.http.routing import Route
from faifo.node.membership.authentication import claim
from faifo.node.membership.authority import FILE, SCHEMAS
from faifo.node.wiring import Node, Replaceable, ReplaceableCredentials, run, serve
from faifo.store.records import Issuance
from faifo.trust import self_issued
from faifo.trust.dcp.presentation import Rules
from faifo.trust.dcp.scopes import read_scopes
from faifo.trust.dcp.status_list import StatusRules
from faifo.trust.keys import KeyPurpose
from tck.node.serving import HOST, Faces, make_directory

TRIGGER = "/trigger"
STS = "/sts"
CLIENT = ("kit", "not a secret: conformance mode")
BODY_BYTES = 65_536
TYPES = ("MembershipCredential", "SensitiveDataCredential")
UNSAFE_RULES = Rules(
    status=StatusRules(signed=False, minimum_bits=0, matched=False),
    unlisted_keys=True,
    loose=True,
)
# The kit is always a stranger, calls quickly, and mends at once what it broke.
UNBOUNDED = (
    "failure_cache_seconds = 0\nstrangers_per_minute = 100000\nstrangers_per_host = 100000\n"
)
# Every test of the kit changes what the one before was told.
NOTHING = timedelta(microseconds=1)


class UnsafeEverybody:
    """Admits whoever asks."""

    def admits(self, request: Issuance) -> dict[str, Any] | None:
        return {"name": request.holder}


def parts() -> Replaceable:
    """Return what makes a node a DCP conformance node."""
    return Replaceable(
        credentials=ReplaceableCredentials(
            admission=UnsafeEverybody(),
            rules=UNSAFE_RULES,
            memory=NOTHING,
            # Both as 1.0.0-RC6 of the kit wants it, which is the newest that can be had
            # (docs/conformance.md); 1.0.2 follows the specification.
            deny_beyond=True,
            format_name="VC1_0_JWT",
        )
    )


def make_authority(folder: Path, *, port: int, kit: str) -> Path:
    """Make the directory of a node in all roles, which believes `kit`; return its path."""
    path, _ = make_directory(folder, port=port)
    settings = path / "faifo.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace("[trust]\n", '[trust]\nmode = "credentials"\n' + UNBOUNDED)
    settings.write_text(
        text + '\n[credentials]\nissuer = true\nscope_action = "read"\n', encoding="utf-8"
    )
    (path / SCHEMAS).mkdir(exist_ok=True)
    lines = ['name = "conformance"', 'economy = "XX"', 'profiles = ["vc11-sl2021/jwt"]']
    lines += ['purposes = ["revocation"]']  # the kit reads one status entry, not an array
    for name in TYPES:
        (path / SCHEMAS / f"{name}.json").write_text('{"type": "object"}', encoding="utf-8")
        lines += ["[[type]]", f'name = "{name}"', f'schema = "{SCHEMAS}/{name}.json"']
    (path / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    add_issuer(path / "trust.toml", TrustedIssuer(did=kit, types=TYPES))
    return path


def kit_app(node: Node) -> App:
    """Return the application with the kit's trigger and the holder's token service."""
    verifier = node.trusting.credential_authenticator()

    async def trigger(request: Request) -> Response:
        """Begin the presentation flow; the body is not looked at (dsp-dcp.md, trap 14)."""
        try:
            participant = await verifier.authenticate(request.headers.get("authorization"))
            await node.store.run(lambda tx: claim(tx, participant))
        except FaifoError as error:
            logging.getLogger("tck.node").info("refused: %s", error)
            return problem(error, status=401)
        return Response(msgspec.json.encode({"did": participant.did}))

    async def token(request: Request) -> Response:
        """Give the kit, as a client of the holder, a token for a verifier (dsp-dcp.md 3.1)."""
        form = parse_qs((await read_bounded(request, limit=BODY_BYTES)).decode())
        one = {name: values[0] for name, values in form.items()}
        if (one.get("client_id"), one.get("client_secret")) != CLIENT:
            return Response(status=401)
        audience, now = one["audience"], clock.now()
        access = one.get("token")
        if "bearer_access_scope" in one:
            scopes = read_scopes(tuple(one["bearer_access_scope"].split()))
            access = node.trusting.access.issue(audience, scopes)
        made = self_issued.issue(
            key=node.keyring.signing(KeyPurpose.TOKEN),
            did=node.did,
            audience=audience,
            jti=ids.new_urn(now),
            now=now,
            access_token=access,
        )
        content = {"access_token": made, "expires_in": 300, "token_type": "Bearer"}
        return Response(msgspec.json.encode(content), media_type="application/json")

    return Routed(
        [
            Route(TRIGGER, trigger, methods=["POST"]),
            Route(f"{STS}/token", token, methods=["POST"]),
        ]
    )


async def serve_dcp(folder: Path, faces: Faces, kit: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    path = make_authority(folder, port=faces.port, kit=kit)
    hooks: list[tuple[Server, asyncio.Task[None]]] = []

    def ready(node: Node, _: str) -> None:
        server = make_server(kit_app(node), host=HOST, port=faces.hooks_port)
        hooks.append((server, asyncio.create_task(server.serve())))

    try:
        await serve(path, ready=ready, parts=parts())
    finally:
        for server, task in hooks:
            server.stop()
            await task


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tck.node.dcp", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="made if it is not there")
    parser.add_argument("--port", type=int, required=True, help="the protocol, on localhost")
    parser.add_argument("--hooks-port", type=int, required=True, help="the kit's hooks")
    parser.add_argument("--kit", required=True, help="the DID of the kit's issuer")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    faces = Faces(port=options.port, hooks_port=options.hooks_port)
    try:
        run(serve_dcp(options.dir, faces, options.kit))
    except FaifoError as error:
        logging.getLogger("tck.node").error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
