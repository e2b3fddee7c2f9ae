"""A browser without a screen: it keeps cookies, and says where a form comes from."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from bank import Got


def hidden(page: str) -> dict[str, str]:
    """Return the fields that the last form of a page brings along; logging out has but one."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


class Browser:
    """A browser on the node's machine: it keeps cookies, and says where a form comes from."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def ask(self, path: str, *, method: str = "GET", **sent: Any) -> Got:
        where = path if path.startswith("http") else self.root + path
        request = self._session.request(method, where, allow_redirects=False, **sent)
        async with request as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def post(self, path: str, data: Any, **headers: str) -> Got:
        return await self.ask(path, method="POST", data=data, headers=headers)

    def cookie_name(self) -> str:
        return f"faifo-console-{self.root.rsplit(':', 1)[1]}"

    def cookie(self) -> str:
        """Return the cookie of the session, as a browser sends it."""
        found = {one.key: one.value for one in self._session.cookie_jar}
        return f"{self.cookie_name()}={found[self.cookie_name()]}"

    async def close(self) -> None:
        await self._session.close()
