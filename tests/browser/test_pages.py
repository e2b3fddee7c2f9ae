"""The pages as people meet them: in a real browser, on a telephone, by keyboard, in Vietnamese."""

from __future__ import annotations

import json
import re
from typing import Any

from axe import faults
from chromium import Tab, opened

from faifo.node.membership.authority import write_programme

FIGURES = '{"thu_nhap_trieu_dong": 9, "so_nam_lam_viec": 2, "khoan_vay_trieu_dong": 120}'


async def fits(tab: Tab) -> bool:
    """Tell whether nothing is wider than the page."""
    wide = await tab.value("document.documentElement.scrollWidth - window.innerWidth")
    return bool(wide <= 0)


async def decided(story: Any) -> str:
    by = "Trần Văn Bình, cán bộ tín dụng"
    return str(await story.decided(FIGURES, "từ chối khoản vay", by, "không ai khác"))


async def test_a_person_objects_on_a_telephone_and_reads_the_answer(story: Any):
    url = await decided(story)
    await story.with_approver()
    async with opened() as tab:
        await tab.size(320, 640, phone=True)
        await tab.open(url)
        shown = await tab.text()
        assert "Một quyết định về bạn" in shown  # by Accept-Language
        assert "từ chối khoản vay" in shown
        assert await fits(tab)
        assert await tab.value("getComputedStyle(document.querySelector('dd.data')).fontFamily")
        assert await tab.value("document.cookie") == ""
        await tab.type_into("#text", "Thu nhập của tôi là 19 triệu, không phải 9 triệu.")
        await tab.submit()
        assert "đang chờ một người xem" in await tab.text()
        assert await fits(tab)

        (waits,) = json.loads(await story.good("review", "list", "--json"))
        decide = ("--person", "Lê Thị An", "--uphold", "--reason", "Đã đọc nhầm thu nhập.")
        secret = ("--passphrase-file", story.secret)
        assert (await story.cli("review", "decide", waits["id"], *decide, *secret)).code == 0
        await tab.open(url)
        assert "Quyết định đã bị hủy" in await tab.text()
        assert await tab.value("document.querySelectorAll('form').length") == 0
        await tab.value("document.querySelector('nav a').click()")
        await tab.open(f"{url}?lang=en")
        assert "The decision was reversed" in await tab.text()
        assert tab.faults == []


async def test_the_page_of_a_badge_fits_a_telephone(story: Any):
    centre = story.provider
    await centre.stop()
    settings = centre.path / "faifo.toml"
    settings.write_text(settings.read_text() + "\n[credentials]\nissuer = true\n")
    write_programme(centre.path, name="Centre", economy="KR")
    await centre.start()
    what = {"name": "Chia sẻ một bảng an toàn " * 4, "description": "d", "criteria": "c"}
    made = await centre.call("POST", "/skills/badges", {"achievement": what, "name": "Lan"})
    async with opened() as tab:
        await tab.size(320, 640, phone=True)
        await tab.open(made["link"])
        assert "Huy hiệu này có hiệu lực." in await tab.text()
        assert await fits(tab)
        assert await faults(tab) == []
        assert tab.faults == []


async def test_a_guess_finds_nothing(story: Any):
    url = await decided(story)
    async with opened() as tab:
        await tab.open(url[:-3] + "AAA")
        assert "Ở đây không có gì" in await tab.text()
        assert await fits(tab)


async def test_an_officer_reads_the_day_and_decides_by_keyboard(story: Any):
    url = await decided(story)
    await story.with_approver()
    await story.object(url, text="<b>Thu nhập</b> của tôi là 19 triệu, không phải 9 triệu.")
    async with opened() as tab:
        await tab.size(1000, 760)
        await tab.open(await story.page_link())
        shown = await tab.text()
        for said in ("Hôm nay", "Ngân hàng Mùa Xuân", "Khiếu nại một quyết định", "Trần Văn Bình"):
            assert said in shown
        assert re.search(r"/console(\?lang=vi)?$", await tab.value("location.href"))
        assert await tab.value("document.cookie") == ""  # HttpOnly
        await tab.size(320, 640, phone=True)
        assert await fits(tab)
        link = await tab.value("document.querySelector('td a').href")
        await tab.open(link)
        assert "<b>Thu nhập</b>" in await tab.text()
        assert await fits(tab)
        await tab.value("document.querySelector('input[value=uphold]').focus()")
        await tab.press(" ", 32)
        await tab.value("document.querySelector('input[value=uphold]').checked = true")
        await tab.type_into("#reason", "Đã đọc nhầm thu nhập.")
        await tab.type_into("#person", "Lê Thị An")
        await tab.type_into("#passphrase", story.secret.read_text().strip())
        await tab.submit()
        assert "bạn đã đúng" in await tab.text()
        assert tab.faults == []
    assert "Quyết định đã bị hủy" in (await story.ask(f"{url}?lang=vi")).text
