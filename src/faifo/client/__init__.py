"""The programming interface of a node: the management API as typed calls.

`Client` speaks to a running node over HTTP, or to a stopped one in this process; `download` brings
a dataset to a file that is whole and proven, or not there under its name at all.
"""

from __future__ import annotations

from faifo.client.client import Client, StillWaitingError
from faifo.client.download import Downloaded, Wanted, download, stream
from faifo.client.finding import NotRunningError, find_node
from faifo.client.sync import SyncClient

__all__ = [
    "Client",
    "Downloaded",
    "NotRunningError",
    "StillWaitingError",
    "SyncClient",
    "Wanted",
    "download",
    "find_node",
    "stream",
]
