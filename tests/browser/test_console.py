"""The console in a real browser: an officer's day by mouse and by keyboard, and what others try."""

from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from axe import faults
from bank import PASSPHRASE
from chromium import Tab, opened

# A browser beside much other work takes its time.
pytestmark = pytest.mark.timeout(300)

MARKUP = "<img src=x onerror=document.title='taken'> <b>x</b>"


async def log_in(story: Any, tab: Tab, role: str, name: str = "Nguyễn Bình") -> str:
    """Give somebody an account and log in by the form; return the console's address."""
    secret = ("--passphrase-file", story.secret)
    await story.good("people", "add", name, "--role", role, *secret)
    root = (await story.page_link()).partition("/login")[0]
    await tab.open(f"{root}?lang=en")
    await tab.type_into("#person", name)
    await tab.type_into("#passphrase", PASSPHRASE)
    await tab.submit()
    return str(root)


async def agreed(story: Any, pid: str) -> str:
    path = f"/negotiations/{pid}?wait=60&settled=1&revision=0"
    return str((await story.bank.call("GET", path))["agreement"])


async def test_an_officers_day_by_mouse(story: Any, tmp_path: Path):
    path = tmp_path / "giá gạo.csv"
    path.write_text("province,price\nAn Giang,7.1\n")
    async with opened("en") as tab:
        root = await log_in(story, tab, "officer")
        await tab.click("nav.main a[href$='/data']")
        await tab.choose_file("#file", str(path))
        await tab.click("main form[enctype] button")
        assert "giá gạo.csv" in await tab.text()
        await tab.type_into("#purposes", "research")
        await tab.click("button[value=publish]")
        assert await tab.value("document.querySelector('#title').ariaInvalid") == "true"
        assert await tab.value("document.querySelector('#purposes').value") == "research"
        await tab.type_into("#title", MARKUP)
        await tab.type_into("#id", "gia-gao")
        await tab.click("button[value=look]")
        assert await tab.value("document.querySelector('#title').value") == MARKUP
        assert "only for the purpose research" in await tab.text()
        await tab.click("button[value=publish]")
        assert await tab.value("document.querySelector('h1').innerText") == MARKUP
        assert await tab.value("document.title") != "taken"
        assert await tab.value("document.querySelectorAll('main img, main h1 b').length") == 0

        await tab.click("nav.main a[href$='/catalog']")
        await tab.click("main form button")
        await tab.click("td a[href*='dataset=credit']")
        await tab.click("main form button.second")
        assert await tab.value("document.querySelector('[role=status]') !== null")
        await tab.click("main form[method=post] button")
        (begun,) = json.loads(await story.good("list", "negotiations", "--json"))
        agreement = await agreed(story, begun["pid"])
        await tab.open(f"{root}/exchanges/{agreement}")
        await tab.click("details summary", leads=False)
        assert await tab.value("document.querySelector('details').open")
        await tab.type_into(".act input[name=reason]", "the study is over")
        await tab.click("section.act button.danger")
        assert "the study is over" in await tab.text()
        ended = await story.bank.call("GET", f"/agreements/{agreement}")
        assert ended["ended"]
        await tab.open(f"{root}/search?q=gia-gao")
        assert "gia-gao" in await tab.text()
        await tab.click("footer button")
        assert await tab.value("document.querySelector('#passphrase') !== null")
        assert tab.faults == [] or all("422" in one or "401" in one for one in tab.faults)


async def until(tab: Tab, expression: str) -> None:
    """Wait until something is true of the page, which changes by itself."""
    await tab.promised(
        "new Promise((good) => { const look = () =>"
        f" ({expression}) ? good(true) : requestAnimationFrame(look); look(); }})"
    )


async def test_a_page_shows_by_itself_what_happens(story: Any, tmp_path: Path):
    path = tmp_path / "gạo.csv"
    path.write_text("province,price\nAn Giang,7.1\n")
    async with opened("en") as tab:
        root = await log_in(story, tab, "officer")
        tab.faults.clear()  # there was no session before
        await tab.open(f"{root}/data")
        await tab.type_into("#q", "half a word")
        await story.good("publish", path, "--title", "Giá <gạo>")
        await until(tab, "document.querySelector('main td a')?.innerText === 'Giá <gạo>'")
        assert await tab.value("document.querySelector('#q').value") == "half a word"

        # Who would see it follows what is typed.
        await tab.choose_file("#file", str(path))
        await tab.click("main form[enctype] button")
        assert "!" not in await tab.value("document.querySelector('#preview').innerText")
        await tab.type_into("#economies", "KR")
        await until(tab, "document.querySelector('#preview .state.warn') !== null")
        assert await tab.value("document.querySelector('#economies').value") == "KR"
        assert await tab.value("document.activeElement.id") == "economies"
        assert tab.faults == []


async def drop(tab: Tab, selector: str, path: str) -> None:
    """Drag a file or folder onto an element, and let it go there."""
    box = await tab.value(
        f"(() => {{ const e = document.querySelector({selector!r}); e.scrollIntoView();"
        " const r = e.getBoundingClientRect(); return [r.x + 20, r.y + 20]; })()"
    )
    data = {"items": [], "files": [path], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        await tab.do("Input.dispatchDragEvent", type=kind, x=box[0], y=box[1], data=data)
    await until(tab, f"document.querySelector({selector!r}).files.length > 0")


async def test_a_folder_is_dropped_and_published(story: Any, tmp_path: Path):
    folder = tmp_path / "giá gạo"
    (folder / "2026").mkdir(parents=True)
    for name in ("a.csv", "2026/b.csv"):
        (folder / name).write_text("province,price\nAn Giang,7.1\n")
    async with opened("en") as tab:
        root = await log_in(story, tab, "officer")
        await tab.open(f"{root}/data")
        await drop(tab, "#folder", str(folder))
        await tab.click("main form[enctype] button")
        assert "2 files" in await tab.text()
        await tab.type_into("#purposes", "research")
        await tab.click("button[value=publish]")
        shown = await tab.text()
        assert "giá gạo/a.csv" in shown
        assert "giá gạo/2026/b.csv" in shown


async def test_a_table_is_measured_by_keyboard_and_the_page_counts_the_steps(
    story: Any, tmp_path: Path
):
    chance, path = random.Random(1), tmp_path / "loans.csv"
    rows = [
        f"{chance.choice('mf')},{chance.randrange(2)},{chance.random():.3f}" for _ in range(500)
    ]
    path.write_text("\n".join(["sex,paid,score", *rows]))
    async with opened("en") as tab:
        root = await log_in(story, tab, "officer")
        await tab.walk_to("nav.main a[href$='/ai']")
        await tab.enter()
        await tab.walk_to("a.button[href$='/assess']")
        await tab.enter()
        await tab.choose_file("#file", str(path))
        await tab.walk_to("main form[enctype] button")
        await tab.enter()
        for name in ("label", "score"):
            await tab.walk_to(f"#{name}")
            for key in {"label": "pa", "score": "sc"}[name]:
                await tab.do("Input.dispatchKeyEvent", type="char", text=key)
        assert await tab.value("document.querySelector('#label').value") == "paid"
        await tab.walk_to("[name=group-1]")
        await tab.value("document.activeElement.checked = true")
        await tab.walk_to("main form button")
        await tab.enter()
        async with asyncio.timeout(120):  # it goes on by itself, so that what is asked may be gone
            while not await measured(tab):
                await asyncio.sleep(0.1)
        place = await tab.value("location.pathname")
        for lang in ("en", "vi", "ko"):
            await tab.size(1000, 800)
            await tab.open(f"{root.removesuffix('/console')}{place}?lang={lang}")
            assert await faults(tab) == []
            await tab.size(320, 640, phone=True)
            wide = await tab.value("document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0


async def measured(tab: Tab) -> bool:
    try:
        return bool(await tab.value("document.querySelector('.drawn svg') !== null"))
    except AssertionError:  # the page is another one in this moment
        return False


DEVICE = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
          "hasUserVerification": True, "isUserVerified": True,
          "automaticPresenceSimulation": True}  # fmt: skip
ANSWERED = """(async () => { const form = document.querySelector('[data-passkey]');
  const asked = JSON.parse(form.dataset.passkey);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
  const said = await navigator.credentials.get({publicKey});
  return [form.elements.challenge.value, JSON.stringify(said)]; })()"""


async def test_a_passkey_logs_in_and_signs_nothing(story: Any):
    async with opened("en") as tab:
        await tab.do("WebAuthn.enable")
        await tab.do("WebAuthn.addVirtualAuthenticator", options=DEVICE)
        there = await log_in(story, tab, "administrator")
        await tab.open(f"{there}/people")
        assert await tab.value("document.querySelector('[data-passkey]')") is None  # no name
        root = there.replace("127.0.0.1", "localhost")
        await tab.open(f"{root}?lang=en")
        await tab.type_into("#person", "Nguyễn Bình")
        await tab.type_into("#passphrase", PASSPHRASE)
        await tab.submit()
        await tab.open(f"{root}/people")
        # Who finds the session open has no passphrase, and cannot come again tomorrow.
        for typed in ("", "no passphrase of mine"):
            await tab.type_into("#own_passphrase", typed)
            await tab.click("[data-passkey] button")
            (kept,) = (await story.bank.call("GET", "/people"))["items"]
            assert kept["passkeys"] == 0
        assert "no account of that name opens with that passphrase" in await tab.text()
        await tab.type_into("#own_passphrase", PASSPHRASE)
        await tab.click("[data-passkey] button")
        (kept,) = (await story.bank.call("GET", "/people"))["items"]
        assert kept["passkeys"] == 1
        await tab.click("footer button")
        await tab.click("[data-passkey] button")
        assert await tab.value("document.querySelector('h1').innerText") == "Today"
        assert "Nguyễn Bình" in await tab.value("document.querySelector('footer').innerText")

        # What a device has said is good once, here, and untouched.
        await tab.click("footer button")
        answers = [await tab.promised(ANSWERED)]
        await tab.open(f"{root}?lang=en")
        answers.append(await tab.promised(ANSWERED))
        (challenge, said), (other, _) = answers
        bent = json.loads(said)
        bent["response"]["signature"] = bent["response"]["signature"][:-8] + "AAAAAAAA"

        async def sent(challenge: str, answer: str) -> int:
            home = root.removesuffix("/console")
            form = {"challenge": challenge, "passkey": answer}
            told = {"method": "POST", "data": form, "headers": {"Origin": home}}
            answered = await story.ask(f"{root}/login", **told)
            cookies.append(answered.headers.get("Set-Cookie", "").partition(";")[0])
            return int(answered.status)

        cookies: list[str] = []
        assert await sent(other, said) == 401
        assert await sent(challenge, said) == 303
        session = {"Cookie": cookies[-1]}
        assert (await story.ask(root, headers=session)).status == 200
        assert await sent(challenge, said) == 401
        await tab.open(f"{root}?lang=en")
        fresh, _ = await tab.promised(ANSWERED)
        assert await sent(fresh, json.dumps(bent)) == 401
        assert await sent("1.x.y", "{}") == 401
        await story.good("people", "forget-passkeys", "Nguyễn Bình")
        assert (await story.ask(root, headers=session)).status == 401, "what it opened is over"
        await tab.open(f"{root}?lang=en")
        assert await sent(*await tab.promised(ANSWERED)) == 401


async def test_an_officers_day_by_keyboard_alone(story: Any):
    async with opened("vi") as tab:
        await tab.size(320, 640, phone=True)
        await log_in(story, tab, "administrator", "Lê Thị An")
        await tab.walk_to(".skip")
        await tab.walk_to("nav.main a[href$='/partners']")
        await tab.enter()
        await tab.walk_to("td a")
        await tab.enter()
        await tab.walk_to("a.button")
        await tab.enter()
        assert "How it sees this node" in await tab.text()
        await tab.walk_to("#sure")
        await tab.press(" ", 32)
        await tab.value("document.querySelector('#sure').checked = true")
        await tab.walk_to("section.act button")
        await tab.enter()
        assert "This partner is stopped" in await tab.text()
        await tab.walk_to("section.act button")
        await tab.enter()
        assert "This partner is stopped" not in await tab.text()
        wide = await tab.value("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0


@pytest.mark.parametrize(
    ("lang", "colours"), [("en", "light"), ("vi", "dark"), ("ko", "light")], ids=["en", "vi", "ko"]
)
async def test_axe_finds_nothing_on_any_page(story: Any, lang: str, colours: str):
    await story.object(await story.decided('{"thu nhập": 9}'))
    (agreement,) = json.loads(await story.good("list", "agreements", "--json"))
    (waits,) = json.loads(await story.good("review", "list", "--json"))
    did = story.provider.did.replace("%", "%25")
    pages = [
        "", f"/reviews/{waits['id']}", "/catalog?node=all",
        f"/offer?node={did}&dataset=credit&ask=1",
        "/data", "/data/new?upload=x&until=soon", "/exchanges", "/exchanges?kind=transfers",
        f"/exchanges/{agreement['id']}", "/ai", "/partners", f"/partners/{did}?test=1",
        f"/receipts/{agreement['id']}", "/check",
        "/reports?look=1", "/people", "/parts", "/node", "/pair", "/search?q=credit",
        "/skills", "/demand", "/register", "/assess", "/backup", "/languages",
        "/rules", "/rules/terms?packs=research", "/rules/packs/viet-nam-transfer",
    ]  # fmt: skip
    async with opened("en") as tab:
        link = await story.page_link()
        root = link.partition("/login")[0]
        await tab.open(root)
        assert await faults(tab) == []  # the form to log in
        await tab.open(link)
        found = {}
        scheme = [{"name": "prefers-color-scheme", "value": colours}]
        await tab.do("Emulation.setEmulatedMedia", features=scheme)
        for page in pages:
            await tab.size(1000, 800)
            await tab.open(f"{root}{page}{'&' if '?' in page else '?'}lang={lang}")
            found[page] = await faults(tab)
            await tab.size(320, 640, phone=True)
            wide = await tab.value("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                found[page].append(f"{wide} pixels too wide")
        assert {page: what for page, what in found.items() if what} == {}
        await tab.value("document.querySelector('label').remove()")
        assert await faults(tab) != []  # it finds what there is


async def test_another_site_neither_frames_nor_sends(story: Any):
    """Another port is the same site for cookies: the origin and the page's mark are what count."""
    root = (await story.page_link()).partition("/login")[0]
    form = (
        f'<iframe src="{root}"></iframe><form method="post" action="{root}/people">'
        '<input name="do" value="add"><input name="name" value="Mallory">'
        '<input name="role" value="administrator"><button>win</button></form>'
    )

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=form, content_type="text/html")

    app = web.Application()
    app.router.add_get("/", page)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with opened("en") as tab:
            await tab.open(await story.page_link())
            await tab.open(f"http://127.0.0.1:{runner.addresses[0][1]}/")
            async with asyncio.timeout(60):
                while not any("frame" in one.lower() for one in tab.faults):
                    await asyncio.sleep(0.05)
            await tab.click("button")
            assert "Not from here" in await tab.text()
            await tab.open(f"{root}/login?token=guessed")
            assert await tab.value("document.querySelector('#passphrase') !== null")
    finally:
        await runner.cleanup()
    assert json.loads(await story.good("people", "list", "--json")) == []
