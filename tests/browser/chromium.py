"""A real Chromium, led by its own protocol (CDP) over a web socket: no package is needed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

FLAGS = (
    "--headless=new", "--no-first-run", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--hide-scrollbars", "--remote-debugging-port=0",
)  # fmt: skip
PATIENCE = 60.0


def needs_chromium() -> str:
    """Return the path of Chromium; without it the test skips, or fails where CI needs it."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and CI is set")
        pytest.skip("chromium is not installed")
    return path


class Tab:
    """One tab. `faults` is what the browser complained of: a policy broken, a file not there."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self._reader = asyncio.create_task(self._read())
        self.faults: list[str] = []

    async def _read(self) -> None:
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif told["method"] == "Log.entryAdded":
                self.faults.append(told["params"]["entry"]["text"])

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        told = await asyncio.wait_for(answer, PATIENCE)
        assert "error" not in told, (method, told)
        result: dict[str, Any] = told["result"]
        return result

    async def size(self, width: int, height: int, *, phone: bool = False) -> None:
        facts = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        await self.do("Emulation.setDeviceMetricsOverride", **facts)

    async def open(self, url: str) -> None:
        self._loaded.clear()
        await self.do("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def value(self, expression: str) -> Any:
        """Return what an expression gives in the page, as its developer tools would."""
        facts = {"returnByValue": True, "awaitPromise": True}
        told = await self.do("Runtime.evaluate", expression=expression, **facts)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def text(self) -> str:
        return str(await self.value("document.body.innerText"))

    async def type_into(self, selector: str, text: str) -> None:
        await self.value(f"document.querySelector({selector!r}).focus()")
        await self.do("Input.insertText", text=text)

    async def press(self, key: str, code: int) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": "\r"} if key == "Enter" and kind == "keyDown" else {}
            facts = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, **text}
            await self.do("Input.dispatchKeyEvent", **facts)

    async def submit(self) -> None:
        """Press the button of the page's form by keyboard, and wait for what comes."""
        self._loaded.clear()
        await self.value("document.querySelector('main form button').focus()")
        await self.press("Enter", 13)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def click(self, selector: str, *, leads: bool = True) -> None:
        """Press the mouse in the middle of an element; if it `leads` away, wait for what comes."""
        place = await self.value(
            f"(() => {{ const e = document.querySelector({selector!r});"
            " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
            " return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        self._loaded.clear()
        for kind in ("mousePressed", "mouseReleased"):
            facts = {"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1}
            await self.do("Input.dispatchMouseEvent", **facts)
        if leads:
            await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def walk_to(self, selector: str) -> None:
        """Press Tab until the element has the focus, as somebody without a mouse."""
        for _ in range(120):
            if await self.value(f"document.activeElement.matches({selector!r})"):
                return
            await self.press("Tab", 9)
        raise AssertionError(f"Tab never comes to {selector}")

    async def enter(self) -> None:
        """Press Enter where the focus is, and wait for what comes."""
        self._loaded.clear()
        await self.press("Enter", 13)
        await asyncio.wait_for(self._loaded.wait(), PATIENCE)

    async def choose_file(self, selector: str, path: str) -> None:
        root = (await self.do("DOM.getDocument"))["root"]["nodeId"]
        node = (await self.do("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        await self.do("DOM.setFileInputFiles", nodeId=node, files=[path])

    async def picture(self) -> bytes:
        """Return what is seen, as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot", format="png"))["data"])

    def close(self) -> None:
        self._reader.cancel()


@contextlib.asynccontextmanager
async def opened(lang: str = "vi") -> AsyncIterator[Tab]:
    """Give a tab of a fresh browser, which ends with the test."""
    path = needs_chromium()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as room:
        sandbox = () if os.geteuid() else ("--no-sandbox",)
        process = await asyncio.create_subprocess_exec(
            *(path, *FLAGS, *sandbox, f"--user-data-dir={room}", f"--accept-lang={lang}"),
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            root = await asyncio.wait_for(_address(process), PATIENCE)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"http://{root}/json/list") as answer:
                    pages = [one for one in await answer.json() if one["type"] == "page"]
                async with session.ws_connect(
                    pages[0]["webSocketDebuggerUrl"], max_msg_size=0
                ) as socket:
                    tab = Tab(socket)
                    for room_of in ("Page", "Log", "Runtime"):
                        await tab.do(f"{room_of}.enable")
                    yield tab
                    tab.close()
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stderr is not None
    async for line in process.stderr:
        if line.startswith(b"DevTools listening on ws://"):
            return line.decode().split("/")[2]
    raise EOFError("chromium ended before it listened")
