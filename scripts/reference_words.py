"""What the program cannot say of itself: the meaning of each setting, exit code and route.

`reference.py` fails when something is missing here, or is here and no longer in the program.
"""

from __future__ import annotations

SETTINGS = {
    "node.public_url": "Where others reach this node, with a path prefix if there is one. The DID "
    "comes from it: `https://node.example.org` is `did:web:node.example.org`. Changing it makes "
    "another participant of the node, whose log of receipts `faifo restore` continues under the "
    "new name.",
    "node.name": "What people call the organisation.",
    "node.economy": "The economy it belongs to, such as `VN`.",
    "listen.host": "The address that the public face binds. `0.0.0.0` is every IPv4 address of the "
    "machine, `::` every IPv6 address.",
    "listen.port": "Its port; 0 lets the system choose.",
    "listen.tls_certificate": "PEM file with the certificate and its chain, relative to the node's "
    "directory. With it the node speaks TLS 1.3 itself.",
    "listen.tls_key": "PEM file with the certificate's private key, relative to the node's directory.",
    "listen.tls_client_ca": "PEM file with the authorities of clients. With it nobody connects without a certificate of one of them: no partner without `egress.tls_certificate`, no browser, no reader of the DID document.",
    "listen.connections": "How many connections the public face holds at one time; more get 503.",
    "listen.connections_per_address": "How many of them one address may hold; those of "
    "`trusted_proxies` are not counted.",
    "listen.trusted_proxies": "Addresses or networks (CIDR) of proxies in front of the node, whose "
    "`X-Forwarded-For` is believed. It is used for the access log only.",
    "manage.host": "The address that the management API binds. It speaks plain HTTP: leave it on "
    "loopback.",
    "manage.port": "Its port; 0 lets the system choose, and the command line finds it in "
    "`running.json`.",
    "manage.open_metrics": "Let everybody who reaches the management listener read `/metrics` without a key.",
    "manage.event_streams": "How many event streams may be open at once.",
    "console.host": "The address of a listener of its own for the console, for browsers on other "
    "machines. Without it the console is on the management listener alone, for this machine.",
    "console.port": "Its port; 0 lets the system choose.",
    "console.public_url": "`https://` and the name by which browsers reach it; it answers to no other.",
    "console.tls_certificate": "PEM file with the certificate and its chain, relative to the node's "
    "directory; needed where `console.host` is not loopback.",
    "console.tls_key": "PEM file with the certificate's private key, relative to the node's directory.",
    "console.tls_client_ca": "PEM file with the authorities of browsers' certificates; with it the console opens for nobody else.",
    "backup.folder": "Where copies go that are asked for in the console or by the API, relative to the "
    "node's directory. Without it: NAME-backups beside that directory.",
    "backup.keys": "Where the keys of their months are, relative to the node's directory. Without it: "
    "faifo-backup-keys beside that directory. Keep them apart from the copies.",
    "trust.did_web_http": "Fetch other nodes' DID documents by plain http, and allow an `http` "
    "public URL. For demos and tests on one machine.",
    "trust.document_cache_seconds": "How long another node's keys are remembered, in seconds.",
    "trust.failure_cache_seconds": "How long it is remembered, in seconds, that a caller's DID document or wallet, or a status list, could not be had or did not prove what it should; 0 asks again each time.",
    "trust.strangers_per_minute": "How often in a minute this node asks others because of callers that it has not met; beyond that they are told to come later (429).",
    "trust.strangers_per_host": "The same for callers of one host, and for what they name at one host.",
    "trust.strangers_at_once": "How many such questions are under way at one time.",
    "trust.mode": "`file`: serve whom the trust file names. `credentials`: serve who presents the "
    "credentials of `credentials.ask`, issued by an `[[issuer]]` of the trust file.",
    "credentials.holder": "Keep credentials and present them (Credential Service).",
    "credentials.issuer": "Be an authority (Issuer Service); needs `authority.toml`, which "
    "`faifo authority init` writes.",
    "credentials.ask": "The credential types that a caller must present, and that this node lets "
    "others see of its own.",
    "credentials.ask_also": "The credential types that a caller may present besides, for terms that want them; this node lets others see its own of these types, too.",
    "credentials.scope_action": "`read` for peers that want a third part in a scope.",
    "credentials.presentation_cache_seconds": "How long a presentation that was proven is kept, in "
    "seconds.",
    "credentials.status_cache_seconds": "How long a status list, or a list of recognition, is kept, "
    "in seconds. A revocation takes effect within it.",
    "credentials.watch_seconds": "How often the status of those is looked at whose transfers run, "
    "in seconds.",
    "credentials.json_status_lists": "Status lists of this authority as unsigned JSON for who does not "
    "ask for a JWT: some verifiers read nothing else.",
    "credentials.unsafe_unsigned_status_lists": "Believe a status list that nobody signed. Unsafe.",
    "credentials.unsafe_unlisted_keys": "Believe a DID document that does not say what its keys are "
    "for. Unsafe.",
    "egress.allow": "Networks (CIDR, such as `10.2.0.0/16`) that this node may call besides public "
    "addresses, to reach other nodes. Without it, private and loopback addresses are never called, "
    "whatever name leads there.",
    "egress.ca_file": "PEM file with certificates of authorities that are believed besides those of "
    "the system: an absolute path, or relative to the node's directory.",
    "egress.tls_certificate": "PEM file with the certificate, and its chain, that this node shows to nodes that ask who calls. Backends are not shown it.",
    "egress.tls_key": "PEM file with that certificate's private key.",
    "egress.use_proxy": "Go through the proxy named in `HTTPS_PROXY` or `HTTP_PROXY`, except for "
    "`NO_PROXY`. The proxy then has to refuse private addresses: the node cannot see them.",
    "egress.timeout_seconds": "How long one call to another node may take, in seconds.",
    "publish.roots": "Files below these folders may be published, and no others. The node's own "
    "directory never.",
    "publish.backends": "Networks (CIDR) in which published HTTP services may be, besides public "
    "addresses.",
    "publish.rules": "Terms of what is published without any: a table `[[publish.rules]]` each, with "
    "`where`, conditions as in `faifo catalog`, and `terms`. The first that fits counts.",
    "publish.pairs": "A pack that two economies both require: a table `[[publish.pairs]]` each, with "
    '`economies = ["VN", "JP"]` and `pack`. Where this node is in one of them, what it publishes '
    "for the other says the clauses of the pack, or is refused.",
    "protocol.body_bytes": "The largest message that is read, in bytes; a larger one is refused "
    "before it is parsed.",
    "protocol.page_size": "How many datasets one page of the catalog has; no more than 250 at any setting.",
    "protocol.decision_days": "How long a negotiation or transfer waits for the other side's next "
    "step, in days; then it is ended with that reason.",
    "protocol.ask_seconds": "Where nothing comes, the other side is asked for its state so long "
    "after the last change, in seconds, and then with pauses that double, up to six hours.",
    "protocol.delivery_hours": "How long a message is tried again when the other side cannot be "
    "reached, in hours.",
    "protocol.token_minutes": "How long a data token is good, in minutes; after it the consumer asks "
    "for a new transfer under the same agreement.",
    "shares.places": "How many requests by the protocol are worked on at one time. When all are "
    "taken partners wait in turn, and who has nothing under way comes first.",
    "shares.waiting": "How many requests of one partner may wait for that; more get 429.",
    "shares.requests_per_second": "How many requests of one partner are taken in a second, twice "
    "as many after a pause; more get 429 with Retry-After.",
    "shares.accesses": "How many downloads and calls of one partner run at one time; more get 429.",
    "shares.catalog_bytes": "How much is read of one partner's catalog, all pages together.",
    "shares.catalog_datasets": "How many datasets are read of it; the rest is named as left out.",
    "data.request_bytes": "The largest body that is passed to a published service, in bytes.",
    "data.response_bytes": "The largest answer that is passed back from a published service, in "
    "bytes. Files have no limit.",
    "data.idle_seconds": "How long a service may be silent in the middle of an answer, in seconds.",
    "data.total_seconds": "How long one call of a service may take as a whole, in seconds.",
    "data.inbox_days": "How long what was pushed to this node stays in its inbox, in days.",
    "telemetry.endpoint": "Address of the collector, such as `http://127.0.0.1:4318`; without one nothing "
    "is sent.",
    "log.level": "From which weight on lines are written.",
    "log.format": "Lines for people, or one JSON object a line.",
    "log.file": "A file instead of stderr, relative to the node's directory.",
    "log.file_bytes": "At this size, in bytes, the file is put aside and a new one begun.",
    "log.files": "How many files that were put aside are kept.",
    "log.access": "One line for each request, without tokens and query strings.",
    "webhooks.urls": "Where own systems are told of events, at most 16 addresses.",
    "webhooks.events": "Which events, by name; `*` stands for any part of it, as in `transfer-*`.",
    "webhooks.retry_hours": "How long an event is tried that an address does not take, in hours.",
    "retention.stranger_days": "How long refusals of callers who proved nothing are kept, in "
    "days; 0: for ever.",
    "retention.token_days": "How long it is kept that a token was used, beyond its end, in days.",
    "retention.history_days": "How long messages are kept, in days; 0: for ever.",
    "retention.journal_days": "How long the book of what happened is kept, accesses too, in days; 0: for ever.",
    "retention.decision_days": "How long decisions are kept with their facts, in days; 0: for ever.",
    "retention.person_days": "How long decisions about persons are kept, in days; 0: for ever.",
    "retention.pack_days": "After so many days rows are kept in fewer bytes, and read as before; 0: never.",
    "notices.acknowledge": "`person`: a person says that a notice is known (`faifo warn ack`). "
    "`node`: this node says so as soon as a notice is durable here.",
    "notices.reports_per_minute": "How many reports the public may write in a minute.",
    "notices.reports_waiting": "How many reports of the public may wait for a person.",
    "receipts.required": "Whether an agreement waits for the partner's receipt: `always`, and then "
    "there is none with a partner that gives no receipts; of those that have `announced` them; or "
    "`never`, and then none are handed over. This node's log is kept in any case.",
    "receipts.delay_seconds": "How long receipts may wait for others that go with them, in seconds.",
    "receipts.deadline_seconds": "After how many seconds a receipt that a partner told of and that "
    "has not come is logged as missing.",
    "receipts.witnesses": "Named witnesses of logs, each `vkey URL` (C2SP tlog-witness): this node's "
    "log is cosigned by them, and partners' receipts may have to be.",
    "receipts.cosignatures": "How many of the named witnesses must have cosigned what partners hand "
    "over.",
    "store.url": "Keep the books in this PostgreSQL database and not in `faifo.db`; "
    "[how](../howto/operate-at-scale.md)",
    "store.password_file": "A file with the database's password, from the node's directory or "
    "absolute",
    "store.schema": "The schema of this node alone; without a name it is called as the node's DID",
    "bounds.requests_per_second": "To each of a participant's faces in a second; twice as many after a pause. More get 429. Without a value 500.",
    "bounds.requests_at_once": "Under way at each of a participant's faces at one time; more get 429. Without a value 128.",
    "bounds.datasets": "How many datasets a participant has published at one time. Without a value 10,000.",
    "bounds.storage_bytes": "How much a participant keeps: books, uploads, and what was pushed to it. Beyond that nothing more is taken in (413), and others can only read (503). It is measured every half minute. Without a value 10,737,418,240.",
    "retention.process_days": "How long ended negotiations and transfers are kept, in days; 0: for ever.",
}

CODES = {
    0: "all done",
    1: "an error of another kind; or the service that was called answered with an error",
    2: "the command line or the settings are wrong; a person must change something",
    3: "refused by the rules; the reasons are told",
    4: "no such thing, or not for this node",
    5: "the other side, or this node, cannot be reached; try later",
    6: "an identity, a signature or a key is not proven",
    7: "the thing exists already or is in another state",
    8: "the disk or the database failed; nothing was acknowledged",
    20: "`verify`: a file is not written as a receipt, an opening or a key must be",
    21: "`verify`: an index beyond the tree, or something over a bound",
    22: "`verify`: of a log that no given key is for",
    23: "`verify`: no signature of a key that is trusted; or no key was given",
    24: "`verify`: a signature that is not of the key it names",
    25: "`verify`: the leaf is not in the tree that was signed",
    26: "`verify`: a later tree does not continue an earlier one",
    27: "`verify`: two trees of one size that differ, both signed",
    28: "`verify`: a leaf of a shape that no Faifo node writes",
    29: "`verify`: an opening that opens none of the receipts",
    30: "`verify`: fewer witnesses than the policy wants",
    31: "`verify`: a cosignature with an impossible time",
    32: "`verify`: a file that a bundle names is not in it",
    33: "`verify`: a file of a bundle is not what the bundle's list says",
    34: "`verify`: two bundles contradict each other",
    35: "`verify`: no bundle of evidence",
    130: "ended by Ctrl-C",
}

SIGNALS = "`faifo demo` that is stopped by signal *n* ends with 128 + *n*."

PROBLEMS = {
    "token-missing": (401, "the request has no `Authorization: Bearer` header"),
    "token-unknown": (401, "the token does not open this transfer, or not any more"),
    "token-expired": (401, "the token's time is over; a new transfer gives a new one"),
    "policy-refused": (403, "the agreement's terms do not permit this now; the reasons are told"),
    "transfer-closed": (403, "the transfer was suspended, completed or ended"),
    "agreement-ended": (403, "the agreement is not in force"),
    "passport-withdrawn": (403, "the provider withdrew the AI passport of this dataset"),
    "passport-suspended": (403, "an incident suspends the AI passport of this dataset"),
    "withdrawn": (410, "the provider took the dataset back"),
    "file-gone": (410, "the published file is not there any more"),
    "method-not-allowed": (405, "files answer GET and HEAD; services the usual methods"),
    "range-not-satisfiable": (416, "the file has no such bytes"),
    "request-too-large": (413, "the body is over `data.request_bytes`"),
    "response-too-large": (502, "the service's answer is over `data.response_bytes`"),
    "backend-timeout": (504, "the service did not answer in time"),
    "backend-broken": (502, "the service gave no usable answer"),
    "source-unavailable": (503, "the provider cannot serve this now; its log has the details"),
}

ROUTES = {
    "": "The node's own API, for its people and programs: plain JSON over HTTP on a listener of its "
    "own, on loopback unless the settings say otherwise. Its URL stands in `running.json` in the "
    "node's directory while the node runs. Every request needs `Authorization: Bearer KEY`, where "
    "KEY is the content of `manage.key`. Errors are [problem documents](errors.md). Lists take "
    '`limit` and `after` and answer `{"items": […], "next": …}`, where `next` is the next '
    "`after`. A process with `wait` (seconds, at most 60) and `version` answers when it has another "
    "version than that, or when the wait is over. The command line and the Python client use nothing "
    "else.",
    "GET /health/live": "the process answers; no key needed",
    "GET /health/ready": "the node can work, with its checks; 503 if not; no key needed",
    "GET /metrics": "figures for Prometheus; the key is needed unless `manage.open_metrics` is set",
}
