"""One look at a page, or one form sent: who looks, what the API answered, what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote, urlencode

from faifo.api.datasets import Upload
from faifo.api.operation import A, Operation, Page
from faifo.api.roles import may
from faifo.node.http.manage.keys import Holder
from faifo.node.http.manage.management import Management
from faifo.node.http.request import Request
from faifo.node.offering.uploads import Uploads
from faifo.phrases import say

ROOT: Final = "/console"
_before: ContextVar[str] = ContextVar("faifo_console_before", default="")
Facts = dict[str, Any]


def stand(scope: Mapping[str, Any]) -> None:
    """Say where the console of the current request stands: a participant's has a prefix."""
    _before.set(scope.get("root_path", ""))


def root() -> str:
    """Return the path of the console that is looked at."""
    return _before.get() + ROOT


class IncompleteError(Exception):
    """A form whose fields need another look: a message for each, as a phrase of the console."""

    def __init__(self, **wrong: str) -> None:
        super().__init__()
        self.wrong = wrong


class OwnPasskeys(Protocol):
    """How whoever looks adds a passkey: what a browser is asked, with a challenge, and answers."""

    async def asked(self) -> tuple[str, str]: ...

    async def add(self, challenge: str, answer: str, passphrase: str) -> None: ...


class Visit:
    """`form` is what was sent, empty for a look; `wrong` and `trouble` are what was not right.

    `told` is what is shown once, and never again; `file` is one that was read and not kept, and
    `found` what a form found out, which its page shows. `passkeys` are there where they can be
    used.
    """

    def __init__(
        self,
        request: Request,
        management: Management,
        uploads: Uploads,
        *,
        holder: Holder,
        lang: str,
    ) -> None:
        self.request = request
        self.holder = holder
        self.lang = lang
        self.form: Mapping[str, str] = {}
        self.wrong: dict[str, str] = {}
        self.trouble = ""
        self.told = ""
        self.asked: dict[str, Any] = {}
        self.upload: Upload | None = None
        self.file: tuple[str, bytes] | None = None
        self.found: Any = None
        self.uploads = uploads
        self.passkeys: OwnPasskeys | None = None
        self._management = management

    async def ask(
        self, operation: Operation[A], *names: str, query: Facts | None = None, **members: Any
    ) -> A:
        """Return what the API answers to whoever looks; see `Management.ask`.

        `query` may hold empty values, which are left out.
        """
        asked = {name: str(value) for name, value in (query or {}).items() if value}
        answer = await self._management.ask(
            operation, self.holder, *names, lang=self.lang, query=asked, **members
        )
        self.asked[operation.name] = answer
        return answer

    async def every(self, operation: Operation[Page[A]], **query: str) -> tuple[A, ...]:
        """Return what is on all pages of a list."""
        items: tuple[A, ...] = ()
        after: str | None = ""
        while after is not None:
            page = await self.ask(operation, query={**query, "limit": 1000, "after": after})
            items, after = items + page.items, page.next
        self.asked[operation.name] = Page(items=items)
        return items

    def may(self, operation: Operation[Any]) -> bool:
        """Tell whether whoever looks may do that."""
        return may(self.holder.role, operation.scope)

    def path(self, name: str) -> str:
        """Return a part of the address."""
        return str(self.request.path_params[name])

    def query(self, name: str) -> str:
        """Return a part of what stands behind the question mark, shortened."""
        return self.request.query_params.get(name, "")[:2048].strip()

    def typed(self, name: str, default: object = "") -> str:
        """Return what stands in a field: what was sent, or else `default`."""
        return self.form.get(name, str(default))

    def say(self, key: str, **facts: object) -> str:
        """Return a phrase of the console."""
        return say(f"console.{key}", self.lang, **facts)


class Place(NamedTuple):
    """A page: its address below `root`, the template, what is shown, and what its forms do.

    `act` returns where to go when it is done, "" to show the page with what it found. `command`
    does the same at the command line. `under` is the entry of the navigation. `reads`: at most so
    many bytes of a file that comes with its form, which is then not kept. What is `live` is shown
    anew when something happens: nobody else is asked for it, and nothing of it takes long.
    """

    path: str
    template: str
    show: Callable[[Visit], Awaitable[Facts]]
    act: Callable[[Visit], Awaitable[str]] | None = None
    under: str = ""
    command: str = ""
    reads: int = 0
    live: bool = False


def to(*parts: str, **query: str) -> str:
    """Return the address of a page of the console."""
    path = "/".join((root(), *(quote(one, safe=":") for one in parts)))
    asked = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(asked)}" if asked else path
