"""Files on servers of others, read through fsspec where they lie: no copy here.

Only schemes with an opener of ours are read: what a file system of fsspec does by default is not
what is safe (`sshfs` believes any host key). Such servers know no entity tag: a file is known again
by what its server tells of it, looked at before the first byte and after the last that was read.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from faifo.dataplane.openfile import NotServableError, changed
from faifo.errors import SettingsError
from faifo.phrases import Phrase

log = logging.getLogger("faifo.dataplane")

CHUNK: Final = 512 * 1024
_IDLE_S: Final = 30.0
_SFTP_PORT: Final = 22
_HOST_KEY: Final = re.compile(r"[a-z0-9@.-]{3,64} [A-Za-z0-9+/=]{40,4096}")
# What tells one content from another, by the names that file systems of fsspec use.
_KNOWN_BY: Final = ("size", "mtime", "modify", "modified", "created", "ino", "etag", "ETag")


def _sftp(place: str, options: Mapping[str, str]) -> Any:
    """Open an SFTP server whose key is `host_key`, as `user` with `password` or `key_file`."""
    import asyncssh
    from sshfs import SSHFileSystem

    url = urlsplit(place)
    given = {name: options.get(name) for name in ("user", "password", "key_file", "host_key")}
    key = given["host_key"] or ""
    if set(options) - set(given) or not given["user"] or not _HOST_KEY.fullmatch(key):
        raise ValueError
    return SSHFileSystem(
        url.hostname or "",
        port=url.port or _SFTP_PORT,
        username=given["user"],
        password=given["password"],
        client_keys=[given["key_file"]] if given["key_file"] else None,
        # Nothing of the user's own: no configuration, no agent, no other key.
        agent_path=None,
        config=None,
        known_hosts=asyncssh.import_known_hosts(f"* {key}\n"),
        connect_timeout=_IDLE_S,
        login_timeout=_IDLE_S,
        timeout=_IDLE_S,
        skip_instance_cache=True,
    )


_OPENERS: Final[Mapping[str, Callable[[str, Mapping[str, str]], Any]]] = {"sftp": _sftp}


class Server:
    """Files of one server; the connection is made when it is needed, and anew when it broke."""

    def __init__(self, place: str, options: Mapping[str, str]) -> None:
        self._place = place
        self._options = options
        self._files: Any = None

    async def look(self, key: str) -> tuple[str, int]:
        """Return what a file is known again by, and its size; raises as `objects.look` does."""
        told = await self._do(lambda files: files.info("/" + key))
        if told.get("type") != "file" or not isinstance(told.get("size"), int):
            raise NotServableError(410, "file-gone", Phrase("errors.told.data.file-gone"))
        known = "\n".join(f"{name} {told[name]}" for name in _KNOWN_BY if name in told)
        return hashlib.sha256(known.encode()).hexdigest(), told["size"]

    async def chunks(
        self, key: str, tag: str, start: int, stop: int | None
    ) -> AsyncGenerator[bytes]:
        """Yield the bytes `[start, stop)`; raises as `objects.chunks` does."""
        found, size = await self.look(key)
        if found != tag:
            raise changed()
        stop = size if stop is None else stop
        file = await self._do(lambda files: files.open("/" + key, "rb", block_size=CHUNK))
        held = b""
        try:
            # Not by `cat_file`: that of sshfs takes no notice of where to begin and end.
            await self._do(lambda _: file.seek(start))
            while start < stop:
                part = await self._do(lambda _: file.read(min(CHUNK, stop - start)))  # noqa: B023
                if not part:
                    raise changed()
                start += len(part)
                if held:
                    yield held
                held = bytes(part)
        finally:
            await self._do(lambda _: file.close())
        if (await self.look(key))[0] != tag:
            raise changed()
        yield held

    async def _do(self, what: Callable[[Any], Any]) -> Any:
        try:
            async with asyncio.timeout(_IDLE_S):
                return await asyncio.to_thread(self._with_files, what)
        except (NotServableError, SettingsError):
            raise
        except FileNotFoundError:
            gone = Phrase("errors.told.data.file-gone")
            raise NotServableError(410, "file-gone", gone) from None
        except TimeoutError:
            self._files = None
            late = Phrase("errors.told.data.backend-late")
            raise NotServableError(504, "backend-timeout", late) from None
        except Exception as error:  # noqa: BLE001 - the libraries' errors share no base
            self._files = None
            log.warning("a file server did not answer as it should: %s", type(error).__name__)
            broken = Phrase("errors.told.data.backend-unusable")
            raise NotServableError(502, "backend-broken", broken) from None

    def _with_files(self, what: Callable[[Any], Any]) -> Any:
        if self._files is None:
            try:
                self._files = _OPENERS[self._place.partition(":")[0]](self._place, self._options)
            except ImportError:
                raise SettingsError(
                    what=Phrase("errors.told.object.missing"),
                    expected=Phrase("errors.told.object.sftp"),
                ) from None
            except ValueError:
                raise SettingsError(
                    what=Phrase("errors.told.object.options", place=self._place),
                    expected=Phrase("errors.told.object.sftp-named"),
                ) from None
        return what(self._files)
