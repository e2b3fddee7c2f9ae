"""Catalog requests one after the other, from a process of its own: `load.py BASE SECONDS`.

Bounded in time and in number; SIGTERM ends it. Prints how often each status came, 0 for no answer.
"""

from __future__ import annotations

import http.client
import signal
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlsplit

AT_ONCE = 4
# Of one partner, whom the kit is too, the node takes 1,000: the kit has its part of that.
A_SECOND = 800
AT_MOST = 500_000
CONTEXT = "https://w3id.org/dspace/2025/1/context.jsonld"
BODY = f'{{"@context":["{CONTEXT}"],"@type":"CatalogRequestMessage"}}'.encode()


def ask(base: str, until: float, stop: threading.Event, counts: Counter[int]) -> None:
    """Ask for the catalog again and again, over one connection."""
    url = urlsplit(base)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=10)
    headers = {"Content-Type": "application/json"}
    due = time.monotonic()
    while time.monotonic() < until and counts.total() < AT_MOST and not stop.is_set():
        due = max(due + AT_ONCE / A_SECOND, time.monotonic())
        stop.wait(due - time.monotonic())
        try:
            connection.request("POST", f"{url.path}/catalog/request", BODY, headers)
            answer = connection.getresponse()
            answer.read()
            counts[answer.status] += 1
        except (OSError, http.client.HTTPException):
            connection.close()
            counts[0] += 1
            stop.wait(0.05)


def main() -> None:
    base, seconds = sys.argv[1], float(sys.argv[2])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    counts: Counter[int] = Counter()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=ask, args=(base, until, stop, counts)) for _ in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shown = ", ".join(f"{count} answered {status}" for status, count in sorted(counts.items()))
    print(f"load: {shown}")


if __name__ == "__main__":
    main()
