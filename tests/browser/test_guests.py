"""A guest's page in a real browser: on a telephone, by keyboard alone, in each language."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe import faults
from chromium import Tab, opened

from faifo import clock

pytestmark = pytest.mark.timeout(300)


async def invited(story: Any, tmp_path: Path, name: str = "gao") -> str:
    path = tmp_path / f"{name}.csv"
    path.write_text("province,price\nAn Giang,7.1\n")
    await story.good("publish", path, "--id", name, "--title", "Giá <gạo>")
    until = clock.now() + timedelta(days=30)
    made = await story.good("invite", name, "--until", f"{until:%Y-%m-%d}", "--json")
    return str(json.loads(made)["url"])


async def fits(tab: Tab) -> bool:
    wide = await tab.value("document.documentElement.scrollWidth - window.innerWidth")
    return bool(wide <= 0)


async def test_a_guest_agrees_by_keyboard_on_a_telephone(story: Any, tmp_path: Path):
    url = await invited(story, tmp_path)
    async with opened("vi") as tab:
        await tab.size(320, 640, phone=True)
        await tab.open(url)
        assert "Giá <gạo>" in await tab.text()
        await tab.walk_to("#name")
        await tab.enter()  # nothing is filled in yet
        assert await tab.value("document.querySelector('#agreed').ariaInvalid") == "true"
        assert await tab.value("document.querySelectorAll('[role=alert] a').length") == 3
        assert await faults(tab) == []
        await tab.walk_to("#name")
        await tab.do("Input.insertText", text="Nguyễn Lan")
        await tab.walk_to("#email")
        await tab.do("Input.insertText", text="lan@example.vn")
        await tab.walk_to("#agreed")
        await tab.press(" ", 32)
        await tab.value("document.querySelector('#agreed').checked = true")
        await tab.walk_to("main button")
        await tab.enter()
        await tab.walk_to("a.button")
        assert await fits(tab)
        assert await faults(tab) == []
        href = await tab.value("document.querySelector('a.button').href")
        assert (await story.ask(href)).text == "province,price\nAn Giang,7.1\n"
        assert await tab.value("document.scripts.length") == 0


@pytest.mark.parametrize("lang", ["en", "vi", "ko"])
async def test_axe_finds_nothing_on_pages_for_strangers(story: Any, tmp_path: Path, lang: str):
    url = await invited(story, tmp_path)
    pair = json.loads(await story.good("trust", "pair", "--json"))["link"]
    async with opened(lang) as tab:
        for one in (url, pair):
            for width in (320, 1000):
                await tab.size(width, 640, phone=width == 320)
                await tab.open(one)
                assert await tab.value("document.documentElement.lang") == lang
                assert await faults(tab) == []
                assert await fits(tab)
        assert tab.faults == []
