"""Which page is where: this is the whole console."""

from __future__ import annotations

from typing import Final

from faifo.node.http.console.rooms import (
    ai,
    exchanges,
    offered,
    own,
    partners,
    reports,
    rules,
    today,
)
from faifo.node.http.console.visit import Place

PLACES: Final = (
    Place("", "console/today", today.today, None, "today", "faifo status"),
    Place("/reviews/{id}", "console/review", today.review, today.decide, "today",
          "faifo review decide {id}"),
    Place("/search", "console/search", today.search, None, "", "faifo show {q}"),
    Place("/catalog", "console/catalog", offered.catalog, None, "catalog",
          "faifo catalog {node}"),
    Place("/offer", "console/offer", offered.offer, offered.ask_for, "catalog",
          "faifo get {node} {dataset}"),
    Place("/data", "console/data", own.listed, own.uploaded, "data", "faifo list datasets"),
    Place("/data/new", "console/draft", own.draft, own.publish, "data", "faifo publish {file}"),
    Place("/data/{id:path}", "console/dataset", own.one, own.act, "data", "faifo show {id}"),
    Place("/exchanges", "console/exchanges", exchanges.listed, None, "exchanges",
          "faifo list {kind}"),
    Place("/exchanges/{id:path}", "console/exchange", exchanges.one, exchanges.act, "exchanges",
          "faifo show {id}"),
    Place("/ai", "console/ai", ai.overview, None, "ai", "faifo ai decisions"),
    Place("/judgements/{id}", "console/judgement", ai.judgement, None, "ai",
          "faifo ai decisions {id}"),
    Place("/notices/{id}", "console/notice", ai.notice, ai.acknowledge, "ai",
          "faifo warn show {id}"),
    Place("/partners", "console/partners", partners.overview, None, "partners",
          "faifo list partners"),
    Place("/partners/{did:path}", "console/partner", partners.one, partners.act, "partners",
          "faifo doctor {did}"),
    Place("/reports", "console/reports", reports.overview, None, "reports",
          "faifo report accesses"),
    Place("/rules", "console/rules", rules.overview, rules.done, "rules", "faifo policy due"),
    Place("/rules/terms", "console/terms", rules.built, rules.build, "rules",
          "faifo policy test terms.yaml"),
    Place("/rules/packs/{name}", "console/pack", rules.pack, None, "rules",
          "faifo policy explain {name}"),
    Place("/people", "console/people", today.accounts, today.change_accounts, "people",
          "faifo people list"),
    Place("/parts", "console/all", today.parts, None, "", ""),
)  # fmt: skip
