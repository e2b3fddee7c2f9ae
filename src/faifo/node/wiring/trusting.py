"""Whom a node believes, and with what it proves itself to others."""

from __future__ import annotations

import logging
from datetime import timedelta

from faifo.node.custody.trust_file import TrustFile
from faifo.node.http.public.dcp_1_0.endpoints import Callers
from faifo.node.membership.access import AccessTokens
from faifo.node.membership.authentication import (
    Authenticator,
    Prover,
    SelfIssuedAuthenticator,
    StrangerAuthenticator,
)
from faifo.node.membership.looking_up import LookingUp
from faifo.node.membership.verifying import CredentialAuthenticator
from faifo.node.outward.introducing import Introducing
from faifo.node.outward.partners import Partners
from faifo.node.outward.strangers import CallersResolver, Limits, Strangers, books
from faifo.node.outward.whole_catalog import CatalogBounds
from faifo.node.wiring.connections import Connections
from faifo.node.wiring.foundation import Foundation
from faifo.trust.dcp.presentation import Rules
from faifo.trust.dcp.status_list import StatusRules

log = logging.getLogger("faifo.node")


class Trusting:
    """Partners, callers and what is looked up about them. `resolver` is for what callers name."""

    def __init__(self, ground: Foundation, outward: Connections) -> None:
        settings, parts = ground.settings, ground.parts
        roles, self._ground, self._outward = settings.credentials, ground, outward
        self.trust = TrustFile(ground.directory.trust)
        self.rules = parts.credentials.rules or Rules(
            status=StatusRules(signed=not roles.unsafe_unsigned_status_lists),
            unlisted_keys=roles.unsafe_unlisted_keys,
        )
        if roles.unsafe_unsigned_status_lists or roles.unsafe_unlisted_keys:
            log.warning("credentials.unsafe_... is on: what the specification forbids is accepted")
        trust = settings.trust
        self._pause = timedelta(seconds=trust.failure_cache_seconds)
        self.strangers = Strangers(
            Limits(
                per_minute=trust.strangers_per_minute,
                per_host=trust.strangers_per_host,
                at_once=trust.strangers_at_once,
            ),
            known=books(ground.store, self.trust),
        )
        self.resolver = CallersResolver(
            outward.resolver, self.strangers, allow_http=trust.did_web_http, pause=self._pause
        )
        self.looking_up = LookingUp(
            outward.sources,
            outward.resolver,
            self.trust,
            memory=self._memory(roles.status_cache_seconds),
            pause=self._pause,
            rules=self.rules.status,
        )
        self.access = AccessTokens(
            did=ground.did,
            keyring=ground.keyring,
            published=ground.keys.published,
            types=roles.ask + roles.ask_also,
        )
        prover = Prover(
            did=ground.did,
            resolver=self.resolver,
            unlisted_keys=self.rules.unlisted_keys,
            needs=self.trust.needs,
        )
        self.callers = Callers(StrangerAuthenticator(prover), ground.store)
        self.partners = Partners(
            did=ground.did,
            keyring=ground.keyring,
            outgoing=outward.outgoing,
            resolver=outward.resolver,
            trust=self.trust,
            access=self.access.issue if settings.trust.mode == "credentials" else None,
            bounds=CatalogBounds(
                size=settings.shares.catalog_bytes, datasets=settings.shares.catalog_datasets
            ),
        )

        self.introducing = Introducing(
            settings=settings,
            directory=ground.directory,
            keys=ground.keys,
            partners=self.partners,
            resolver=outward.resolver,
        )

    def authenticator(self) -> Authenticator:
        """Return what proves the callers of the protocol."""
        settings, make = self._ground.settings, self._ground.parts.authenticator
        if make:
            return make(settings, self.trust, self._outward.resolver)
        if settings.trust.mode == "credentials":
            return self.credential_authenticator()
        return SelfIssuedAuthenticator(did=settings.did, trust=self.trust, resolver=self.resolver)

    def credential_authenticator(self) -> CredentialAuthenticator:
        """Return the verifier of this node."""
        roles = self._ground.settings.credentials
        return CredentialAuthenticator(
            did=self._ground.did,
            asked=roles.ask,
            also=roles.ask_also,
            scope_action=roles.scope_action,
            memory=self._memory(roles.presentation_cache_seconds),
            pause=self._pause,
            rules=self.rules,
            keyring=self._ground.keyring,
            sources=self._outward.sources,
            resolver=self._outward.resolver,
            callers=self.resolver,
            strangers=self.strangers,
            looking_up=self.looking_up,
            needs=self.trust.needs,
        )

    def _memory(self, seconds: int) -> timedelta:
        return self._ground.parts.credentials.memory or timedelta(seconds=seconds)
