"""Where the next page begins, as a caller carries it: sealed, and good for its own query alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import quote

import msgspec
from cryptography.fernet import Fernet, InvalidToken

from faifo.errors import MalformedMessageError
from faifo.node.offering.rows import Position
from faifo.phrases import Phrase


class Pages:
    """Seals positions, which tell of what is hidden, too, by a secret of the node.

    So another process of the same node may be asked for the next page.
    """

    def __init__(self, secret: str) -> None:
        key = hmac.digest(secret.encode(), b"pages of the catalog", "sha256")
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    def token(self, at: Position, *, query: Any, did: str) -> str:
        said = msgspec.json.encode((_bound(query, did), at))
        return self._seal.encrypt(said).decode()

    def position(self, token: str, *, query: Any, did: str) -> Position:
        """Return where the page begins.

        Raises:
            MalformedMessageError: it is no token of ours, or not for this query and caller.
        """
        try:
            said = self._seal.decrypt(token.encode())
            bound, at = msgspec.json.decode(said, type=tuple[str, Position])
        except (InvalidToken, UnicodeEncodeError, msgspec.DecodeError):
            bound, at = "", Position()
        if bound != _bound(query, did):
            raise MalformedMessageError(
                what=Phrase("errors.told.page.unknown"), expected=Phrase("errors.told.page.again")
            )
        return at


def next_page_link(base: str, cursor: str) -> str:
    """Return the Link header of a page that is not the last."""
    return f'<{base}/catalog/request?after={quote(cursor, safe="")}>; rel="next"'


def _bound(query: Any, did: str) -> str:
    said = msgspec.json.encode((query, did), order="deterministic")
    return hashlib.sha256(said).hexdigest()[:32]
