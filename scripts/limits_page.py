"""The page of every bound: its value is read from the program, why and what happens beyond it here.

A bound that is not listed stops `make reference`, and so does one that is gone.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from faifo.dataplane.protocol import ServerLimits
from faifo.node.settings.model import HOSTED, Settings

SOURCE = Path(__file__).parents[1] / "src"
ROOMS = ("messages", "policy", "trust", "dataplane", "store", "node", "kinds")
NAMES = re.compile(
    r"^_?(MAX_|MOST|LIMIT|LARGEST|LONGEST|PLACES|FOR_STRANGERS|PAGES|HOSTS$|MET$|REMEMBERED|KEPT|ROWS"
    r"|SKIPPED|TERMS$|TOKENS$|READERS|OPEN_|OFFERS|REFUSALS|WAITING)"
    r"|(_LIMIT|_BYTES|_AT_ONCE|_PER_SECOND|_CHARACTERS)$"
)
VALUE = re.compile(r"^[\d(_*. ]|timedelta|\{")
# Of the same names, and no bounds: lengths of keys, sizes of parts, moments of patience.
OTHERS = frozenset(
    {
        "trust.keys:_P256_BYTES", "trust.keys:_ED25519_BYTES", "trust.keys:_BASE58_CHARACTERS",
        "node.examining.seen:LONGEST_WAIT", "node.examining.own_face:LARGEST",
        "node.http.public.versions:LONGEST_NAME", "node.settings.checks:LONGEST_VALUE",
        "node.settings.places:MOST_LINES", "node.delivery.timers:LONGEST_SLEEP",
        "node.exchange.history:ANSWER_BYTES", "node.offering.manifest:TERMS",
        "node.http.public.inbox:LONGEST_NUMBER", "node.offering.pushing:LONGEST_PAUSE",
        "node.evidence.assessing:_KEPT", "node.http.console.places:PLACES",
        "node.http.console.rooms.own:TERMS",
        "node.receipts.handing:LONGEST_PAUSE",
    }
)  # fmt: skip


class Bound(NamedTuple):
    """`where` is `setting:section.name`, `server:field` or `module:NAME`."""

    where: str
    what: str
    why: str
    beyond: str


_REFUSED = "refused with the place and the bound (400)"
_KEPT_OUT = "the oldest is forgotten, and asked for again when it is needed"
_WAITS = "the others wait"

LIMITS: dict[str, tuple[Bound, ...]] = {
    "Connections and requests": (
        Bound(
            "setting:listen.connections",
            "connections of the public face",
            "files and memory",
            "503 at once",
        ),
        Bound(
            "setting:listen.connections_per_address",
            "of these for one address",
            "one caller takes no places of others",
            "503 at once",
        ),
        Bound(
            "server:connections",
            "connections of a listener without a setting",
            "as above",
            "503 at once",
        ),
        Bound("server:per_address", "of these for one address", "as above", "503 at once"),
        Bound(
            "setting:bounds.requests_per_second",
            "requests in a second to each face of a participant in an installation",
            "one takes no turns of the others",
            "429",
        ),
        Bound(
            "setting:bounds.requests_at_once",
            "of these under way at one time",
            "one takes no places of the others",
            "429",
        ),
        Bound(
            "setting:bounds.datasets",
            "datasets that it has published",
            "the catalogs of all",
            "409",
        ),
        Bound(
            "setting:bounds.storage_bytes",
            "bytes that it keeps",
            "one disk for all",
            "nothing more is taken in (413), and others only read (503)",
        ),
        Bound(
            "node.wiring.hosting:OPENED_AT_ONCE",
            "participants that are being opened",
            "the installation's own node goes on meanwhile",
            "the others wait",
        ),
        Bound(
            "server:pipelined",
            "requests that wait behind one another on one",
            "as above",
            "the connection is cut",
        ),
        Bound(
            "server:header_bytes",
            "request line and header fields",
            "they are held before anybody is known",
            "431, and the connection ends",
        ),
        Bound(
            "server:header_fields",
            "number of header fields",
            "as above",
            "431, and the connection ends",
        ),
        Bound(
            "server:header_time",
            "time for the headers",
            "a slow caller holds a place",
            "408, and the connection ends",
        ),
        Bound(
            "server:body_idle",
            "time without a byte of a body",
            "as above",
            "the connection is cut",
        ),
        Bound("server:body_time", "time for a whole body", "as above", "the connection is cut"),
        Bound(
            "server:body_rate",
            "least bytes a second of a body",
            "as above",
            "the connection is cut",
        ),
        Bound(
            "server:body_grace",
            "time before the least rate counts",
            "a connection may begin slowly",
            "the rate counts",
        ),
        Bound(
            "server:linger",
            "time for a body whose request is answered already",
            "a refusal waits for nobody",
            "the connection ends",
        ),
        Bound(
            "server:discarded_bytes",
            "bytes of such a body that are dropped unread",
            "a refusal waits for nobody",
            "the connection ends",
        ),
        Bound(
            "server:write_idle",
            "time in which a receiver takes nothing",
            "a slow reader holds memory",
            "broken off, and written down",
        ),
        Bound(
            "server:keep_alive",
            "time between two requests of a connection",
            "idle callers hold places",
            "the connection ends",
        ),
        Bound(
            "server:shutdown_grace",
            "time for what runs when the node stops",
            "a stop ends",
            "broken off; it is taken up at the next start",
        ),
        Bound(
            "setting:protocol.body_bytes", "a message of the protocol", "it is parsed whole", "413"
        ),
        Bound(
            "node.http.public.dcp_1_0.endpoints:BODY_BYTES",
            "a message of the credential protocol",
            "it is parsed whole",
            "413",
        ),
        Bound(
            "node.http.manage.management:BODY_BYTES",
            "a request of the management API",
            "it is parsed whole",
            "413",
        ),
        Bound("setting:manage.event_streams", "open event streams", "each holds a place", "429"),
    ),
    "Callers that nobody here has met": (
        Bound(
            "node.http.shares:REMEMBERED",
            "callers whose rate is remembered",
            "memory",
            "the oldest is forgotten",
        ),
        Bound(
            "setting:trust.strangers_per_minute",
            "questions to others because of strangers, a minute",
            "a stranger must not make this node call",
            "429",
        ),
        Bound(
            "setting:trust.strangers_per_host",
            "of these for callers of one host, or at one host",
            "as above",
            "429",
        ),
        Bound("setting:trust.strangers_at_once", "of these at one time", "as above", "429"),
        Bound(
            "dataplane.names:FOR_STRANGERS",
            "names looked up for strangers at one time",
            "a silent name server holds a place until it is over",
            "429, and the partners' places stay free",
        ),
        Bound(
            "node.outward.strangers:HOSTS",
            "hosts that are counted",
            "memory",
            "the oldest count is forgotten",
        ),
        Bound("node.outward.strangers:MET", "callers that count as met", "memory", _KEPT_OUT),
        Bound(
            "node.offering.access_journal:STRANGERS_AT_ONCE",
            "refusals of strangers written down at once",
            "a stranger must not fill the disk",
            "counted, not written one by one",
        ),
        Bound(
            "node.offering.access_journal:STRANGERS_PER_SECOND",
            "of these a second, lastingly",
            "as above",
            "counted, not written one by one",
        ),
        Bound(
            "node.exchange.history:REFUSALS",
            "refusals of a partner that are written down for one process",
            "who is refused may call as often as it likes",
            "not written down again",
        ),
        Bound(
            "node.exchange.history:REASON_CHARACTERS",
            "a reason that is written down",
            "others have a part in it",
            "cut",
        ),
    ),
    "Messages and documents": (
        Bound("kinds.xml_in:MAX_BYTES", "a CAP alert", "it is read whole", _REFUSED),
        Bound("kinds.xml_in:MAX_DEPTH", "nesting of a CAP alert", "reading it", _REFUSED),
        Bound("kinds.xml_in:MAX_ELEMENTS", "elements of a CAP alert", "memory", _REFUSED),
        Bound("kinds.stix:MAX_BYTES", "a STIX bundle", "it is read whole", _REFUSED),
        Bound("kinds.stix:MAX_OBJECTS", "objects of a STIX bundle", "memory", _REFUSED),
        Bound(
            "messages.strict_json:MAX_DEPTH", "nesting of JSON", "reading is recursive", _REFUSED
        ),
        Bound(
            "messages.dsp_2025_1.equal_forms:MAX_DEPTH",
            "nesting of a policy that is read in another form",
            "as above",
            "left as it came, and refused by its type",
        ),
        Bound(
            "messages.dsp_2025_1.equal_forms:MAX_LIST",
            "a list that stands in one text",
            "it is parsed a second time",
            "taken as a text",
        ),
        Bound(
            "messages.dsp_2025_1.equal_forms:MAX_MEMBERS",
            "members of a message",
            "each name is looked up in its context",
            _REFUSED,
        ),
        Bound(
            "messages.dsp_2025_1.wire:MAX_ID_CHARACTERS",
            "an id",
            "it is an index in the store",
            _REFUSED,
        ),
        Bound(
            "messages.dsp_2025_1.foreign_catalog:MAX_ID",
            "an id in a catalog",
            "as above",
            "the entry is left out, and named",
        ),
        Bound(
            "messages.dsp_2025_1.foreign_catalog:MAX_NESTING",
            "catalogs in catalogs",
            "reading is recursive",
            "the rest is left out, and named",
        ),
        Bound(
            "messages.dsp_2025_1.foreign_catalog:MAX_LEFT_OUT",
            "entries that are named as left out",
            "memory",
            "not named",
        ),
        Bound(
            "messages.dcp_1_0.issuance:MAX_CREDENTIAL_CHARACTERS",
            "a credential that is delivered",
            "it is parsed whole",
            _REFUSED,
        ),
        Bound(
            "trust.did_web:MAX_DID_CHARACTERS", "a DID", "it becomes an address", "not proven (401)"
        ),
        Bound(
            "trust.did_document:MAX_METHODS",
            "keys in a DID document",
            "each may be tried",
            "not proven (401)",
        ),
        Bound(
            "trust.did_document:MAX_SERVICES",
            "services in a DID document",
            "each is looked at",
            "not proven (401)",
        ),
        Bound(
            "trust.self_issued:MAX_TOKEN_BYTES",
            "a token",
            "it is parsed before anybody is known",
            "not proven (401)",
        ),
        Bound(
            "trust.self_issued:MAX_LIFETIME",
            "lifetime of a token",
            "its use is kept that long",
            "not proven (401)",
        ),
        Bound(
            "trust.self_issued:MAX_JTI_CHARACTERS",
            "the id of a token",
            "it is kept",
            "not proven (401)",
        ),
        Bound(
            "trust.data_integrity:MAX_LOOKS",
            "looks at parts of an embedded proof that are alike",
            "a graph can be made that takes for ever",
            "the badge is refused",
        ),
        Bound(
            "trust.data_integrity:MAX_ALIKE",
            "parts of one that are alike in one place",
            "each order of them is tried",
            "as above",
        ),
        Bound(
            "node.membership.badges:TABLES",
            "tables of levels from partners that are looked at",
            "memory",
            "older ones are left out",
        ),
        Bound(
            "skills.demand:MAX_CELLS",
            "counts in a partner's table of labour demand",
            "memory",
            "it is refused",
        ),
        Bound(
            "skills.counting:MOST",
            "characters of one JobPosting, and openings that it stands for",
            "a line is parsed whole",
            "it is left out, or stands for one",
        ),
        Bound(
            "node.custody.own_tables:MAX_TABLE",
            "a table of levels or an entry of the register in the node's own folders",
            "it is parsed whole",
            "it is refused",
        ),
        Bound(
            "trust.dcp.credential:MAX_CREDENTIAL_BYTES",
            "a credential",
            "it is parsed whole",
            "the credential does not count",
        ),
        Bound(
            "trust.dcp.presentation:MAX_PRESENTATION_BYTES",
            "a presentation",
            "it is parsed whole",
            "not proven (401)",
        ),
        Bound(
            "trust.dcp.presentation:MAX_PRESENTATIONS",
            "presentations in an answer",
            "each is a signature",
            "not proven (401)",
        ),
        Bound(
            "trust.dcp.presentation:MAX_CREDENTIALS",
            "credentials in an answer",
            "each is a signature, and a status to ask for",
            "not proven (401)",
        ),
        Bound("trust.dcp.scopes:MAX_SCOPES", "scopes in a query", "each is looked up", _REFUSED),
        Bound(
            "trust.dcp.recognition:MAX_LIST_BYTES",
            "a list of recognition",
            "it is parsed whole",
            "the list does not count",
        ),
        Bound(
            "trust.dcp.status_list:MAX_BYTES",
            "a status list, unpacked",
            "a small text unpacks to a large one",
            "the status cannot be told, so the credential does not count",
        ),
        Bound(
            "trust.dcp.status_list:MAX_ENCODED",
            "a status list as it is written",
            "as above",
            "as above",
        ),
        Bound(
            "trust.dcp.json_schema:MAX_WORK",
            "steps of a schema",
            "a schema may be quadratic",
            "the credential does not count",
        ),
        Bound(
            "trust.dcp.pattern:MAX_PATTERN",
            "a pattern in a schema",
            "a pattern may be exponential",
            "the schema does not count",
        ),
        Bound(
            "trust.dcp.pattern:MAX_INSTRUCTIONS",
            "a pattern, compiled",
            "as above",
            "the schema does not count",
        ),
        Bound(
            "trust.dcp.pattern:MAX_REPEAT",
            "a counted repetition in a pattern",
            "as above",
            "the schema does not count",
        ),
        Bound(
            "trust.dcp.pattern:MAX_DEPTH",
            "nesting of a pattern",
            "as above",
            "the schema does not count",
        ),
        Bound("kinds.signed:MAX_BYTES", "a signed notice", "it is parsed whole", "refused"),
        Bound(
            "messages.agreement_notice:MAX_STATEMENT",
            "characters of a signed statement that a duty is done",
            "it is parsed before it is proven",
            "refused, `malformed`",
        ),
        Bound(
            "kinds.personal:MOST",
            "places named where a notice holds what may be personal",
            "it is kept",
            "not named",
        ),
    ),
    "Policies": (
        Bound(
            "policy.bounds:MAX_RULES",
            "rules of a policy",
            "they are judged at every access",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_CONSTRAINTS",
            "constraints of a policy",
            "as above",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_DEPTH",
            "nesting of constraints",
            "judging is recursive",
            "refused before it is judged",
        ),
        Bound("policy.compile:KEPT", "policies kept compiled", "memory", _KEPT_OUT),
        Bound(
            "policy.compile:SMALL_BYTES",
            "size from which a policy counts as large",
            "a few large ones weigh as much as many small ones",
            "kept among the large ones",
        ),
        Bound("policy.compile:KEPT_LARGE", "large policies kept compiled", "memory", _KEPT_OUT),
        Bound(
            "policy.bounds:MAX_BYTES",
            "bytes of a policy",
            "it is read and kept whole",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_VALUES",
            "values of a policy's constraints",
            "each is compared",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_PRODUCT",
            "purposes that differ × constraints and rules",
            "each pair is judged",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_ASKED",
            "purposes × the constraints on them",
            "each pair is compared",
            "refused before it is judged",
        ),
        Bound(
            "policy.bounds:MAX_TRIED",
            "rules and constraints of a request against those of an offer",
            "each pair may have to be compared",
            "refused before it is compared",
        ),
        Bound(
            "policy.relating:MAX_POINTS",
            "values × conditions that are tried for one comparison",
            "each is tried",
            "nothing is concluded",
        ),
        Bound(
            "policy.relating:MAX_LOOKED_AT",
            "values × conditions of one operand in a comparison",
            "each is looked at",
            "nothing is concluded",
        ),
        Bound(
            "policy.relating:MAX_PAIRS",
            "pairs of permissions of two policies",
            "each is compared",
            "whether both can hold is not known",
        ),
        Bound(
            "policy.operands.operand:MAX_SUBSETS",
            "texts of which all sets are tried",
            "their number doubles with each",
            "two conditions are compared, more are not",
        ),
    ),
    "Catalogs": (
        Bound(
            "messages.dsp_2025_1.foreign_catalog:MAX_LINKED",
            "linked catalogs of a partner that are followed",
            "a catalog may link for ever",
            "the rest is left out and named",
        ),
        Bound(
            "messages.dsp_2025_1.catalog:MAX_MADE_UP",
            "properties of a partner's own making that are read of one dataset",
            "a partner may make up any number",
            "the rest is not shown",
        ),
        Bound(
            "setting:protocol.page_size",
            "datasets on a page",
            "an answer is one piece",
            "the next page is named",
        ),
        Bound(
            "messages.dsp_2025_1.query:MAX_CRITERIA",
            "criteria of a query",
            "each is looked at for each dataset",
            _REFUSED,
        ),
        Bound(
            "messages.dsp_2025_1.query:MAX_VALUES", "values of a criterion", "as above", _REFUSED
        ),
        Bound("messages.dsp_2025_1.query:MAX_TEXT", "a text in a criterion", "as above", _REFUSED),
        Bound(
            "messages.dsp_2025_1.query:MAX_SEARCH", "the words of a search", "as above", _REFUSED
        ),
        Bound(
            "messages.dsp_2025_1.query:MAX_WILDCARDS",
            "wildcards in a pattern",
            "matching is quadratic",
            _REFUSED,
        ),
        Bound(
            "messages.dsp_2025_1.query:MAX_NUMBER",
            "offset and limit",
            "they go to the store",
            _REFUSED,
        ),
        Bound(
            "node.offering.rows:ROWS",
            "terms and rows looked at for a page of the catalog",
            "nobody waits for the whole",
            "the next page is named",
        ),
        Bound(
            "node.offering.rows:SKIPPED",
            "rows looked at beside for an offset",
            "each must be looked at",
            "the next page is named",
        ),
        Bound(
            "node.offering.catalog:TERMS",
            "distinct terms judged for a page",
            "each costs a judgement",
            "the next page is named",
        ),
        Bound(
            "node.offering.finding:TOKENS",
            "tokens of a criterion or word that the index is asked for",
            "each is looked up",
            "what they find is looked at again",
        ),
        Bound(
            "store.finding:SORT_CHARACTERS",
            "characters by which a sort goes",
            "they stand in an index",
            "sorted by these alone",
        ),
        Bound(
            "node.outward.whole_catalog:PAGES",
            "pages of a partner's catalog",
            "a catalog may have no end",
            "the partner's answer is refused",
        ),
    ),
    "Calls to others": (
        Bound(
            "setting:egress.timeout_seconds",
            "time for an answer",
            "a silent peer holds a place",
            "unreachable; messages are tried again",
        ),
        Bound(
            "node.outward.outgoing:ANSWER_LIMIT",
            "an answer to a message",
            "it is held whole",
            "as if nobody had answered: tried again",
        ),
        Bound(
            "node.outward.outgoing:CATALOG_LIMIT",
            "a page of a partner's catalog",
            "it is held whole",
            "the partner's answer is refused",
        ),
        Bound(
            "node.outward.sources:LARGEST",
            "what is fetched of what a caller has named",
            "anybody can name it",
            "cannot be had (504)",
        ),
        Bound(
            "node.outward.sources:LIMIT",
            "what is remembered as not to be had",
            "memory",
            "the oldest is forgotten",
        ),
        Bound(
            "node.outward.remembered:LIMIT",
            "DID documents, and what was proven, each that are remembered",
            "memory",
            _KEPT_OUT,
        ),
        Bound(
            "dataplane.names:PLACES",
            "names looked up for partners at one time",
            "a look-up cannot be stopped",
            "unreachable; tried again",
        ),
        Bound(
            "node.membership.access:REMEMBERED",
            "access tokens that are remembered",
            "memory",
            "another is made",
        ),
        Bound(
            "setting:protocol.delivery_hours",
            "hours in which a message is tried",
            "a process ends",
            "it ends here, and says that the other side does not know",
        ),
        Bound(
            "setting:protocol.decision_days",
            "days in which the other side may decide",
            "a process ends",
            "terminated, with the reason",
        ),
        Bound(
            "setting:protocol.ask_seconds",
            "silence before the other side is asked",
            "an answer may be lost",
            "asked, then with pauses that double",
        ),
        Bound(
            "node.exchange.asking:LONGEST_PAUSE",
            "longest pause between two questions",
            "it is found out some time",
            "asked",
        ),
        Bound(
            "node.delivery.outbox:LONGEST_PAUSE",
            "longest pause between two attempts",
            "a partner comes back some time",
            "tried",
        ),
        Bound(
            "node.delivery.outbox:LONGEST_HOLD",
            "seconds a message waits for the answer that it must follow",
            "an answer may never end",
            "sent",
        ),
        Bound(
            "node.delivery.outbox:REFUSALS",
            "refusals until one is believed",
            "a message can overtake an answer",
            "believed",
        ),
        Bound(
            "node.delivery.outbox:REFUSALS_AT_THE_DOOR",
            "401s to a message after which the other side may have ended well, over four minutes",
            "they say nothing about the process",
            "the process ends here, and is asked about once more",
        ),
        Bound("node.delivery.outbox:AT_ONCE", "messages sent at one time", "connections", _WAITS),
        Bound(
            "node.delivery.outbox:SLOW_SECONDS",
            "seconds after which a partner counts as slow, until it answers sooner",
            "nobody else waits for it",
            "its messages wait for a place among those to slow partners",
        ),
        Bound(
            "node.delivery.outbox:SLOW_AT_ONCE",
            "messages and questions to slow partners at one time",
            "connections",
            _WAITS,
        ),
        Bound(
            "node.delivery.outbox:QUESTIONS_AT_ONCE",
            "questions asked at one time",
            "connections",
            _WAITS,
        ),
        Bound(
            "setting:webhooks.retry_hours",
            "hours in which an event is tried",
            "an address may be gone",
            "given up, and written down",
        ),
        Bound(
            "node.delivery.webhooks:LONGEST_PAUSE",
            "longest pause between two attempts",
            "an address comes back some time",
            "tried",
        ),
        Bound(
            "node.delivery.webhooks:ANSWER_BYTES",
            "an answer of a webhook's address",
            "nothing of it is needed",
            "not read",
        ),
        Bound(
            "node.delivery.webhooks:WHY_CHARACTERS",
            "characters kept of why an address takes nothing",
            "a person reads it in `faifo doctor`",
            "cut off",
        ),
    ),
    "Data": (
        Bound(
            "dataplane.calling:HEAD_BYTES",
            "header section, or trailer, of an answer to this node",
            "it is kept until the answer is read",
            "the call has failed",
        ),
        Bound(
            "dataplane.calling:UNREAD_BYTES",
            "of an answer that lies unread",
            "a fast server must not fill a slow reader's memory",
            "this node stops reading",
        ),
        Bound(
            "dataplane.openfile:_KEPT_FILES",
            "files that are kept open between requests",
            "descriptors",
            "others are opened for each request",
        ),
        Bound(
            "dataplane.openfile:_KEPT_S",
            "seconds that a file is kept open between requests",
            "a file that was deleted keeps its room on the disk for so long",
            "it is closed",
        ),
        Bound(
            "dataplane.egress:KEPT_SECONDS",
            "seconds that an outgoing connection is kept unused",
            "sockets",
            "it is closed",
        ),
        Bound(
            "dataplane.pushing:PROBLEM_BYTES",
            "the reason of this node's own refusal that ends a push",
            "it goes to the partner",
            "cut",
        ),
        Bound(
            "setting:data.request_bytes",
            "a request body to a published API",
            "it goes through this node",
            "413",
        ),
        Bound(
            "setting:data.response_bytes",
            "an answer of a published API",
            "as above",
            "broken off, and written down",
        ),
        Bound(
            "setting:data.idle_seconds",
            "time without a byte of a published API",
            "a silent backend holds a place",
            "broken off (504), and written down",
        ),
        Bound(
            "setting:data.total_seconds",
            "time for a whole answer of a published API",
            "as above",
            "broken off, and written down",
        ),
        Bound(
            "setting:protocol.token_minutes",
            "lifetime of a data token",
            "what was lent ends by itself",
            "refused; a new transfer gives another",
        ),
        Bound(
            "setting:credentials.status_cache_seconds",
            "age of a status list",
            "a revocation is seen within it",
            "fetched anew",
        ),
        Bound(
            "setting:credentials.watch_seconds",
            "pause between two looks at those whose transfers run",
            "as above",
            "looked at",
        ),
        Bound(
            "node.offering.gate:REMEMBERED",
            "tokens whose answer is remembered",
            "memory",
            "looked up again",
        ),
    ),
    "Store and books": (
        Bound(
            "store.sql.grouped:GROUP_LIMIT",
            "units of work that share one COMMIT",
            "an acknowledgement waits for the whole",
            "the next COMMIT",
        ),
        Bound(
            "store.sql.grouped:FEW_LIMIT",
            "units of a few rows that run in the loop before one COMMIT, over SQLite",
            "the loop does nothing else meanwhile",
            "the next COMMIT",
        ),
        Bound(
            "store.sql.tables:MOST_SEEN",
            "rows that a transaction remembers after they were read by their keys",
            "memory",
            "they are read again",
        ),
        Bound("store.sql.grouped:READERS", "readers beside the writer", "threads", _WAITS),
        Bound(
            "store.postgresql.store:PATIENCE",
            "how long a database that is away is waited for",
            "callers wait meanwhile",
            "503; the node goes on by itself",
        ),
        Bound(
            "store.postgresql.connection:ANSWER_SECONDS",
            "how long an answer of PostgreSQL is waited for",
            "a server may be gone without a word",
            "a new connection",
        ),
        Bound(
            "store.postgresql.connection:KEPT_STATEMENTS",
            "statements prepared on a connection to PostgreSQL",
            "memory of the server",
            "further ones are parsed each time",
        ),
        Bound(
            "store.postgresql.connection:SENT_AHEAD",
            "statements under way without an answer",
            "buffers on both sides",
            "the answers are taken first",
        ),
        Bound(
            "store.postgresql.replicas:PAYLOAD_BYTES",
            "what one unit of work rings for other processes (PostgreSQL)",
            "bytes",
            "the others look at everything again",
        ),
        Bound(
            "store.postgresql.speech:LONGEST",
            "characters of a text in a column of PostgreSQL",
            "an entry of an index is 2,704 bytes",
            "its beginning and its digest",
        ),
        Bound(
            "store.sqlite.store:LOG_BYTES",
            "the write-ahead log after a checkpoint",
            "a long reader lets it grow",
            "cut",
        ),
        Bound(
            "setting:retention.history_days",
            "days for which message bodies are kept",
            "the disk",
            "removed, unless an agreement in force needs them",
        ),
        Bound(
            "setting:retention.stranger_days",
            "days for which refusals of strangers are kept",
            "the disk",
            "removed",
        ),
        Bound(
            "setting:retention.token_days",
            "days for which the use of a token is kept beyond its end",
            "a clock may have been wrong",
            "removed",
        ),
        Bound(
            "setting:retention.person_days",
            "days for which decisions about persons are kept",
            "they are personal data",
            "removed",
        ),
        Bound(
            "setting:retention.pack_days",
            "days after which rows are packed",
            "the disk",
            "read as before",
        ),
        Bound(
            "node.exchange.retention:PACKED_AT_ONCE",
            "rows that are packed in one unit of work",
            "nobody else writes meanwhile",
            "the next unit",
        ),
        Bound(
            "store.sql.packs:ROWS",
            "records of one pack",
            "who reads one opens them all",
            "the next pack",
        ),
        Bound(
            "store.sqlite.migrate:PAGE_BYTES",
            "bytes of a page of the database in SQLite",
            "a page is written whole, whatever changed in it",
            "several pages",
        ),
        Bound(
            "node.delivery.timers:AT_ONCE",
            "timers that fire in one unit of work",
            "the writer is shared",
            "the next unit",
        ),
        Bound(
            "node.showing.timeline:LIMIT",
            "entries of a timeline",
            "an answer is one piece",
            "the newest are shown",
        ),
        Bound(
            "node.showing.metrics:MOST_EVENTS",
            "names of events that are counted",
            "memory of who collects them",
            "counted together",
        ),
        Bound("node.watching.logs:LONGEST", "a line of the log", "others have a part in it", "cut"),
        Bound(
            "node.http.manage.call:KEPT_FOR",
            "time for which an answer to an Idempotency-Key is kept",
            "the disk",
            "the order is taken anew",
        ),
    ),
    "Authorities, wallets, persons": (
        Bound(
            "node.membership.issuing:OPEN_REQUESTS",
            "open requests of one holder",
            "a person must look at each",
            "refused until one is decided",
        ),
        Bound(
            "node.membership.holding:MAX_HELD", "credentials that are held", "the disk", "refused"
        ),
        Bound(
            "node.showing.register:MAX_EDITIONS",
            "editions of entries of the register that are looked at",
            "an answer is one piece",
            "the newest are",
        ),
        Bound(
            "node.showing.register:MAX_SCANNED",
            "datasets looked through for rules that cite an entry, and badges for evidence",
            "a page waits for it",
            "the others are not looked at",
        ),
        Bound(
            "node.showing.register:DEMAND_BYTES",
            "tables of labour demand in the folder demand/, together",
            "they are read whole",
            "refused",
        ),
        Bound(
            "node.http.manage.credentials:OFFERS",
            "offers of credentials that are shown",
            "an answer is one piece",
            "the newest are shown",
        ),
        Bound(
            "node.evidence.assuring:LONGEST",
            "what is said about a passport",
            "it goes into a credential",
            _REFUSED,
        ),
        Bound(
            "setting:notices.reports_per_minute",
            "reports of the public, a minute",
            "anybody may write",
            "429",
        ),
        Bound(
            "setting:notices.reports_waiting", "reports of the public that wait", "the disk", "429"
        ),
        Bound(
            "node.announcing.reporting:LONGEST",
            "the text of a report",
            "anybody may write",
            "refused",
        ),
        Bound(
            "node.announcing.wire:PARCEL_BYTES", "a parcel of notices", "it is parsed whole", "413"
        ),
        Bound(
            "node.http.public.persons:MOST",
            "the text of an objection",
            "anybody with the link may write",
            "asked for again, shorter (422)",
        ),
        Bound(
            "node.offering.inviting:LONGEST_DAYS",
            "days for which a guest is invited",
            "a link is easily forgotten",
            "refused",
        ),
        Bound(
            "node.offering.inviting:MOST_NAME",
            "the name of a guest",
            "anybody with the link may write",
            "asked for again (422)",
        ),
        Bound(
            "node.showing.reports:ROWS",
            "rows of a report unless asked otherwise",
            "it is answered whole",
            "`more` tells; the sums are of all",
        ),
        Bound(
            "policy.plain_text:MAX_BYTES",
            "terms in YAML",
            "they are parsed whole",
            "refused with the place",
        ),
        Bound(
            "policy.duties:MAX_DUTIES",
            "duties of a rule",
            "each is read and tracked",
            "refused with the place",
        ),
        Bound(
            "node.receipts.handing:MOST_BYTES", "a batch of receipts", "it is parsed whole", "413"
        ),
        Bound(
            "node.receipts.handing:MOST_HEADER",
            "a receipt that goes with a message, in base64",
            "headers are bounded",
            "handed over with the next batch",
        ),
        Bound(
            "node.proving.evidence:MOST_RECEIPTS",
            "receipts of each side in a bundle of evidence",
            "a bundle is a file that a person hands over",
            "the first ones are in it",
        ),
        Bound(
            "node.receipts.peers:MOST_UNPROVEN",
            "heads of a partner's log that its tiles have not shown to be one history yet",
            "a partner chooses how many it signs",
            "receipts under more of them prove nothing",
        ),
        Bound(
            "node.http.public.ledger:MOST_REQUEST",
            "what a witness is asked",
            "anybody may ask",
            "413",
        ),
        Bound("node.http.public.reversals:MOST_BYTES", "a reversal", "it is parsed whole", "413"),
        Bound("node.http.pages.forms:MOST_BYTES", "a form", "it is parsed whole", "413"),
        Bound("node.http.pages.forms:MOST_FIELDS", "fields of a form", "as above", "refused"),
        Bound("node.http.pages.forms:MOST_FILES", "files of a form", "each is a dataset", "413"),
        Bound(
            "node.offering.uploads:MOST_DEEP",
            "folders above an uploaded file",
            "it becomes an id",
            "the file's own name counts",
        ),
        Bound(
            "node.evidence.assessing:MOST_SECONDS",
            "how long an uploaded table is measured, in seconds",
            "one is measured at a time",
            "it breaks off",
        ),
        Bound(
            "node.http.console.rooms.authority:MOST_PASSPORT",
            "a passport that an authority judges on a page",
            "it is parsed whole",
            "413",
        ),
        Bound(
            "dataplane.tables:LONGEST_S",
            "how long PostgreSQL works on a published query, in seconds",
            "a query that never ends holds a connection",
            "the answer breaks off",
        ),
        Bound(
            "dataplane.tables:_BATCH_BYTES",
            "rows of a query in memory at a time",
            "memory",
            "they come in more parts",
        ),
        Bound(
            "node.offering.uploads:LONGEST_NAME_BYTES",
            "the name of an uploaded file, in bytes",
            "the file keeps it, and file systems have a bound",
            _REFUSED,
        ),
        Bound(
            "node.http.pages.pace:MOST_KNOWN",
            "callers whose pace is known",
            "memory",
            "the oldest is forgotten",
        ),
        Bound(
            "node.http.console.rooms.proofs:MOST_FILE",
            "a file that is checked in the console",
            "memory",
            "413",
        ),
        Bound(
            "node.http.console.sessions:MOST",
            "sessions at the node's own page",
            "memory",
            "the oldest ends",
        ),
        Bound(
            "node.http.console.rooms.rules:LONGEST",
            "characters of terms that are built in the console",
            "they stand in the page's address",
            "told at the field (422)",
        ),
        Bound(
            "node.people.accounts:LONGEST_LOCK",
            "how long an account is locked after wrong pass phrases",
            "guessing must be slow",
            "open again",
        ),
        Bound(
            "node.offering.peeking:LONGEST",
            "characters of a value in the first lines of a table",
            "it is for people",
            "it is cut",
        ),
        Bound(
            "api.node:MOST_LINES",
            "lines of the log file in one answer",
            "it is for people",
            "400",
        ),
        Bound(
            "node.http.manage.keeping:LONGEST",
            "characters of one of those lines",
            "it is for people",
            "it is cut",
        ),
        Bound(
            "node.people.passkeys:MOST",
            "passkeys of one account",
            "each is looked at when one logs in",
            "409",
        ),
        Bound(
            "node.people.accounts:WAITING_AT_ONCE",
            "pass phrases that wait to be looked at",
            "each costs memory and time",
            "429",
        ),
        Bound(
            "node.people.deciding:OPEN_AT_ONCE",
            "open objections to one decision",
            "a person must look at each",
            "429, until it is decided",
        ),
    ),
}


class UnlistedError(Exception):
    """A bound of the program that the page does not have, or the other way round."""


def limits_page(made: str) -> str:
    """Return the page."""
    listed = {one.where for bounds in LIMITS.values() for one in bounds}
    there = set(constants()) | {f"server:{one}" for one in ServerLimits.__struct_fields__}
    there -= OTHERS | {"server:proxies"}
    of_code = {one for one in listed if not one.startswith("setting:")}
    extra = {one for one in of_code if not one.startswith("server:") and _value(one) is not None}
    if missing := there - of_code:
        raise UnlistedError(f"without a line in limits_page.py: {', '.join(sorted(missing))}")
    if gone := of_code - there - extra:
        raise UnlistedError(f"no such bounds any more: {', '.join(sorted(gone))}")
    text = ["# Limits", "", made, "Every bound of a node: its default, why it is there, and what"]
    text += ["happens beyond it. A name in the last column is a setting; the others are fixed.", ""]
    for heading, bounds in LIMITS.items():
        text += [f"## {heading}", "", "| bound | default | why | beyond it | setting |"]
        text += ["| --- | --- | --- | --- | --- |", *map(_row, bounds), ""]
    return "\n".join(text).rstrip() + "\n"


def _row(bound: Bound) -> str:
    kind, _, name = bound.where.partition(":")
    setting = f"`{name}`" if kind == "setting" else "–"
    value = _said(_value(bound.where), name)
    return f"| {bound.what} | {value} | {bound.why} | {bound.beyond} | {setting} |"


def constants() -> Iterator[str]:
    """Yield `module:NAME` of every constant that is called as bounds are."""
    for room in ROOMS:
        for path in sorted((SOURCE / "faifo" / room).rglob("*.py")):
            module = ".".join(path.relative_to(SOURCE / "faifo").with_suffix("").parts)
            for node in ast.parse(path.read_text("utf-8")).body:
                target = node.targets[0] if isinstance(node, ast.Assign) else None
                if isinstance(node, ast.AnnAssign):
                    target = node.target
                if not isinstance(target, ast.Name) or not NAMES.search(target.id):
                    continue
                if node.value and VALUE.match(ast.unparse(node.value)):  # type: ignore[attr-defined]
                    yield f"{module}:{target.id}"


def _value(where: str) -> Any:
    kind, _, name = where.partition(":")
    if kind == "server":
        return getattr(ServerLimits(), name)
    if kind == "setting":
        section, _, field = name.partition(".")
        if section == "bounds":
            return getattr(HOSTED, field)
        table = next(one for one in msgspec.structs.fields(Settings) if one.name == section)
        return next(one.default for one in msgspec.structs.fields(table.type) if one.name == field)
    return getattr(importlib.import_module(f"faifo.{kind}"), name)


def _said(value: Any, name: str) -> str:
    if isinstance(value, dict):
        parts = (f"{_key(key)} {_said(one, 'bytes')}" for key, one in value.items())
        return ", ".join(parts)
    if isinstance(value, timedelta):
        return _span(value)
    if name.lower().endswith(("bytes", "answer_limit", "catalog_limit", "body_rate", "encoded")):
        return _size(int(value))
    number = int(value) if value == int(value) else value
    unit = next((one for one in ("seconds", "minutes", "hours", "days") if name.endswith(one)), "")
    return f"{number:,} {unit}".strip() if number or not unit else "for ever"


def _key(key: Any) -> str:
    return str(key.value if isinstance(key, Enum) else key)


def _span(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _size(value: int) -> str:
    for size, unit in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if value % size == 0 and value >= size:
            return f"{value // size} {unit}"
    return f"{value:,} B"
