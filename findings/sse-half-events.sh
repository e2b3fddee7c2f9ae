#!/usr/bin/env bash
# Server-sent events: a stream with the number of an event alone, and an end in the middle of an event, in four clients.
# Standard: HTML §9.2.6: a block without data is no event, but its id is the last one from then on; "once the end of the
# file is reached, any pending data must be discarded (if the file ends in the middle of an event, before the final
# empty line, the incomplete event is not dispatched)".
# For a node: a partner follows the events of a node and acts on each. When a connection breaks off, half an event is
# taken for a whole one (12 tons of 1200), and where ids are forgotten the client that comes back says no Last-Event-ID
# and misses what happened. Take an event only with its empty line, and put the number into the data as well.
. "$(dirname "$0")/_room.sh"
guess "four clients give the same two events, a and b with the id 7, since a block without data is none, and discard the half one"
found "requests-sse does; httpx-sse gives five events, three of them empty; sseclient-py and aiohttp-sse-client give the half one as a third; sseclient-py has forgotten the id"
python_with httpx-sse==0.4.3 httpx==0.28.1 sseclient-py==1.9.0 requests-sse==0.5.3 aiohttp-sse-client==0.2.1
python_sees <<'PY'
import asyncio, http.server, threading
import httpx, httpx_sse, sseclient, requests_sse
from aiohttp_sse_client import client as aiohttp_sse

STREAM = b'retry: 60000\n\nid: 7\n\ndata: a\n\nevent: x\n\ndata: b\n\ndata: {"tons": 12'


class Once(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(STREAM)

    def log_message(self, *_):
        pass


class Stream(list):
    def close(self):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Once)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, content=STREAM)
print("httpx-sse", [(e.data, e.id) for e in httpx_sse.EventSource(answer).iter_sse()])
print("sseclient-py", [(e.data, e.id) for e in sseclient.SSEClient(Stream([STREAM])).events()])
seen = []
with requests_sse.EventSource(url) as events:
    for e in events:
        seen.append((e.data, e.last_event_id))
        if len(seen) == 2:  # what would come next is the first one of a new connection
            break
print("requests-sse", seen)


async def follow():
    seen = []
    async with aiohttp_sse.EventSource(url) as events:
        async for e in events:
            seen.append((e.data, e.last_event_id))
            if len(seen) == 3:
                return seen


print("aiohttp-sse-client", asyncio.run(follow()))
PY
unchanged <<'END'
httpx-sse [('', ''), ('', '7'), ('a', '7'), ('', '7'), ('b', '7')]
sseclient-py [('a', None), ('b', None), ('{"tons": 12', None)]
requests-sse [('a', '7'), ('b', '7')]
aiohttp-sse-client [('a', '7'), ('b', '7'), ('{"tons": 12', '7')]
END
