"""Which page is where: this is the whole console."""

from __future__ import annotations

from typing import Final

from faifo.node.http.console.rooms import (
    ai,
    authority,
    exchanges,
    node,
    offered,
    own,
    partners,
    reports,
    today,
)
from faifo.node.http.console.visit import Place

PLACES: Final = (
    Place("", "console/today", today.today, None, "today", "faifo status", live=True),
    Place("/reviews/{id}", "console/review", today.review, today.decide, "today",
          "faifo review decide {id}"),
    Place("/search", "console/search", today.search, None, "", "faifo show {q}"),
    Place("/catalog", "console/catalog", offered.catalog, None, "catalog",
          "faifo catalog {node}"),
    Place("/offer", "console/offer", offered.offer, offered.ask_for, "catalog",
          "faifo get {node} {dataset}"),
    Place("/data", "console/data", own.listed, own.uploaded, "data", "faifo list datasets",
          live=True),
    Place("/data/new", "console/draft", own.draft, own.publish, "data", "faifo publish {file}"),
    Place("/data/{id:path}", "console/dataset", own.one, own.act, "data", "faifo show {id}",
          live=True),
    Place("/exchanges", "console/exchanges", exchanges.listed, None, "exchanges",
          "faifo list {kind}", live=True),
    Place("/exchanges/{id:path}", "console/exchange", exchanges.one, exchanges.act, "exchanges",
          "faifo show {id}", live=True),
    Place("/ai", "console/ai", ai.overview, None, "ai", "faifo ai decisions", live=True),
    Place("/judgements/{id}", "console/judgement", ai.judgement, None, "ai",
          "faifo ai decisions {id}"),
    Place("/notices/{id}", "console/notice", ai.notice, ai.acknowledge, "ai",
          "faifo warn show {id}"),
    Place("/partners", "console/partners", partners.overview, None, "partners",
          "faifo list partners", live=True),
    Place("/pair", "console/pair", partners.meeting, partners.pair, "partners",
          "faifo trust pair {link}"),
    Place("/partners/{did:path}", "console/partner", partners.one, partners.act, "partners",
          "faifo doctor {did}"),
    Place("/authority", "console/authority", authority.overview, authority.recognise, "partners",
          "faifo authority members list"),
    Place("/authority/{did:path}", "console/member", authority.member, authority.decide,
          "partners", "faifo authority members list"),
    Place("/reports", "console/reports", reports.overview, None, "reports",
          "faifo report accesses"),
    Place("/node", "console/node", node.overview, node.act, "reports", "faifo node maintenance"),
    Place("/people", "console/people", today.accounts, today.change_accounts, "people",
          "faifo people list"),
    Place("/parts", "console/all", today.parts, None, "", ""),
)  # fmt: skip
