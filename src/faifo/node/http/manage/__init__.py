"""The management API, `/manage/v1`: plain JSON for the people and programs of this node.

It has its own listener, on loopback unless told otherwise, and wants a management key.
"""

from __future__ import annotations

from faifo.node.http.manage.management import Management

__all__ = ["Management"]
