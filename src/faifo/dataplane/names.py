"""Names become addresses in threads of their own, with places that are held until a look-up ends.

The system's resolver cannot be stopped: behind a silent name server a look-up lasts as long as the
system's settings say, whoever has given up on it since. So at most so many are under way, those
that strangers cause have places of their own, and no thread keeps a process from ending.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

PLACES = 64
FOR_STRANGERS = 16

# True while something is asked because of a caller whom this node has not met.
of_a_stranger: ContextVar[bool] = ContextVar("faifo_of_a_stranger", default=False)


class NoPlaceError(OSError):
    """So many look-ups are under way that there is no place for one more."""


class Found(NamedTuple):
    """An address of a name: its family, and what a socket connects to."""

    family: socket.AddressFamily
    address: tuple[Any, ...]


class Names:
    """Looks names up with the system's resolver."""

    def __init__(
        self,
        *,
        places: int = PLACES,
        for_strangers: int = FOR_STRANGERS,
        look_up: Callable[..., list[Any]] = socket.getaddrinfo,
    ) -> None:
        self._free = {False: places, True: for_strangers}
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[Found]:
        """Return the addresses of `host`.

        Raises:
            NoPlaceError: too many look-ups are under way.
            OSError: the name does not resolve.
        """
        stranger, loop = of_a_stranger.get(), asyncio.get_running_loop()
        if not self._free[stranger]:
            raise NoPlaceError("too many names are being looked up; try again later")
        self._free[stranger] -= 1
        found: asyncio.Future[list[Any]] = loop.create_future()

        def ended(result: list[Any] | Exception) -> None:
            self._free[stranger] += 1
            if found.done():  # nobody waits any more
                return
            if isinstance(result, Exception):
                found.set_exception(result)
            else:
                found.set_result(result)

        def work() -> None:
            result: list[Any] | Exception
            try:
                result = self._look_up(host, port, family=family, type=socket.SOCK_STREAM)
            except Exception as error:  # noqa: BLE001 - it is raised where the name was asked for
                result = error
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(ended, result)

        # A daemon: the process ends without it.
        threading.Thread(target=work, name="faifo-name", daemon=True).start()
        return [Found(kind, address) for kind, _, _, _, address in await found]
