"""What opens one participant's doors opens no door of another, nor the installation's."""

from __future__ import annotations

import json
import re
from typing import Any

import aiohttp
import pytest

from faifo import clock, ids
from faifo.api import operations
from faifo.node.custody.keyring import read_keyring
from faifo.node.http.manage.keys import MEMORY_SECONDS
from faifo.trust import self_issued
from faifo.trust.keys import KeyPurpose

PASSPHRASE = "mot hai ba bon nam sau bay"


@pytest.fixture
async def web() -> Any:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def _asked(web: Any, method: str, url: str, **sent: Any) -> tuple[int, str, Any]:
    async with web.request(method, url, allow_redirects=False, **sent) as answer:
        return answer.status, await answer.text(), answer.headers


async def test_no_key_opens_another_ones_management(installation: Any, web: Any) -> None:
    home, acme, beta = installation.home, installation.acme, installation.beta
    keys = {
        one.path.name: (one.path / "manage.key").read_text().strip() for one in (home, acme, beta)
    }
    tried = 0
    for owner in (home, acme, beta):
        for name, key in keys.items():
            if name == owner.path.name:
                continue
            for operation in operations():
                path = re.sub(r"\{[^}]+\}", "x", operation.path)
                for method in operation.methods:
                    url = f"{owner.manage_url}/manage/v1{path}"
                    headers = {"Authorization": f"Bearer {key}"}
                    status, _, _ = await _asked(web, method, url, headers=headers)
                    assert status == 401, (method, url, status)
                    tried += 1
    assert tried > 6 * 80
    for owner in (home, acme, beta):  # each opens its own
        headers = {"Authorization": f"Bearer {keys[owner.path.name]}"}
        url = f"{owner.manage_url}/manage/v1/node"
        status, text, _ = await _asked(web, "GET", url, headers=headers)
        assert (status, f'"did":"{owner.did}"' in text) == (200, True)


async def test_no_metrics_nor_log_of_another(installation: Any, web: Any) -> None:
    home, acme = installation.home, installation.acme
    status, _, _ = await _asked(web, "GET", f"{acme.manage_url}/metrics")
    assert status == 401
    headers = {"Authorization": f"Bearer {acme.key()}"}
    await installation.pair.publish()
    _, text, _ = await _asked(web, "GET", f"{acme.manage_url}/metrics", headers=headers)
    assert "dataset-published" in text
    key = (home.path / "manage.key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}"}
    _, text, _ = await _asked(web, "GET", f"{home.manage_url}/metrics", headers=headers)
    assert "dataset-published" not in text
    assert await acme.call("GET", "/log-file?lines=5") == {"file": None, "lines": []}


async def test_a_console_session_is_worth_nothing_at_another(installation: Any, web: Any) -> None:
    acme, beta = installation.acme, installation.beta
    person = {"name": "An", "role": "administrator", "passphrase": PASSPHRASE}
    await acme.call("POST", "/people", person)
    link = (await acme.call("POST", "/page", {}))["url"]
    assert link.startswith(f"{acme.manage_url}/console/login?token=")
    elsewhere = link.replace("/participants/acme/", "/participants/beta/")
    assert (await _asked(web, "GET", elsewhere))[0] == 401
    assert (await _asked(web, "GET", link.replace("/participants/acme/", "/")))[0] == 401
    status, _, headers = await _asked(web, "GET", link)
    assert (status, headers["Location"]) == (303, "/participants/acme/console")
    cookie = headers["Set-Cookie"]
    assert {"Path=/participants/acme/console", "HttpOnly", "SameSite=strict"} <= set(
        cookie.split("; ")
    )
    sent = {"Cookie": cookie.partition(";")[0]}
    places = ("", "/data", "/partners", "/exchanges", "/node", "/reports", "/events")
    for place in places:
        own = f"{acme.manage_url}/console{place}"
        if place != "/events":
            assert (await _asked(web, "GET", own, headers=sent))[0] == 200
        for other in (beta, installation.home):
            url = f"{other.manage_url}/console{place}"
            assert (await _asked(web, "GET", url, headers=sent))[0] == 401, url
    status, page, _ = await _asked(web, "GET", f"{acme.manage_url}/console", headers=sent)
    links = set(re.findall(r'(?:href|action|data-live)="(/[^"]*)"', page))
    assert links
    assert all(one.startswith("/participants/acme/console") for one in links)
    origin = {"Origin": installation.home.manage_url}
    form = {"person": "An", "passphrase": PASSPHRASE}
    for other, expected in ((acme, 303), (beta, 401), (installation.home, 401)):
        url = f"{other.manage_url}/console/login"
        status, _, _ = await _asked(web, "POST", url, data=form, headers=origin)
        assert (status == 303) == (expected == 303), (url, status)


async def test_tokens_and_ids_of_one_are_nothing_at_another(
    installation: Any, make_node: Any, web: Any
) -> None:
    home, acme, beta = installation.home, installation.acme, installation.beta
    outside = make_node("outside")
    await outside.start()
    pair = type(installation.pair)(acme, outside)
    beta.trust(outside.did, acme.did)
    home.trust(outside.did)
    transfer = await pair.transfer(await pair.agreement(await pair.publish("secret\n")))
    ours = next(one for one in outside.records("transfer") if one.pid == transfer["pid"])
    address = {one["name"]: one["value"] for one in ours.data_address["endpointProperties"]}
    bearer = {"Authorization": f"Bearer {address['authorization']}"}
    endpoint = ours.data_address["endpoint"]
    assert (await _asked(web, "GET", endpoint, headers=bearer))[1] == "secret\n"
    for other in ("/beta/", "/"):
        url = endpoint.replace("/acme/", other)
        assert (await _asked(web, "GET", url, headers=bearer))[0] == 401
    theirs = acme.records("negotiation")[0].pid

    def proof(audience: str) -> dict[str, str]:
        key = read_keyring(outside.path / "keys", did=outside.did).signing(KeyPurpose.TOKEN)
        token = self_issued.issue(
            key=key, did=outside.did, audience=audience, jti=ids.new_secret(), now=clock.now()
        )
        return {"Authorization": f"Bearer {token}"}

    for kind, pid in (("negotiations", theirs), ("transfers", transfer["peer_pid"])):
        for node in (acme, beta, home):
            for audience in (acme.did, beta.did, home.did):
                url = f"{node.base}/{kind}/{pid}"
                status, text, _ = await _asked(web, "GET", url, headers=proof(audience))
                own = (node, audience) == (acme, acme.did)
                assert (status == 200) == own, (url, audience, text)
                assert status in {200, 401, 404}


async def test_odd_paths_lead_to_nobody(installation: Any, web: Any) -> None:
    from yarl import URL

    port = installation.home.port
    manage = installation.home.manage_url
    key = {"Authorization": f"Bearer {installation.acme.key()}"}
    for path in ("/%61cme/did.json", "//acme/did.json", "/acmeX/did.json", "/acme%2fdid.json",
                 "/./acme/did.json", "/beta/../acme/did.json", "/acme;/did.json"):  # fmt: skip
        url = URL(f"http://127.0.0.1:{port}{path}", encoded=True)
        assert (await _asked(web, "GET", url))[0] == 404, path
    for path in ("/participants/%61cme", "//participants/acme", "/participants/acme/../beta",
                 "/participants/acme/participants/beta", "/participants"):  # fmt: skip
        url = URL(f"{manage}{path}/manage/v1/node", encoded=True)
        assert (await _asked(web, "GET", url, headers=key))[0] == 404, path


async def test_nobody_publishes_what_is_in_the_installation(installation: Any) -> None:
    acme, beta = installation.acme, installation.beta
    settings = acme.path / "faifo.toml"
    text = settings.read_text().replace("roots = [", f'roots = ["{installation.home.path}", ')
    await installation.home.stop()
    settings.write_text(text)
    await installation.home.start()
    for path in (beta.path / "manage.key", beta.path / "faifo.db", installation.home.path / "x"):
        if path.name == "x":
            path.write_text("x")
        status, content = await acme.raw("POST", "/datasets", {"location": str(path)})
        assert status == 400, content


async def test_an_upload_does_not_lead_into_another_ones_books(installation: Any, web: Any) -> None:
    acme, beta = installation.acme, installation.beta
    headers = {"Authorization": f"Bearer {acme.key()}"}
    url = f"{acme.manage_url}/manage/v1/uploads?name=a.txt"
    content = f"database: sqlite:{beta.path}/faifo.db\n".encode()
    status, text, _ = await _asked(web, "POST", url, headers=headers, data=content)
    assert status == 201
    brought = json.loads(text)["location"].removeprefix(f"{acme.path}/")
    assert brought.startswith("uploads/")
    order = {"location": "sql:SELECT record FROM dataset", "credentials": brought}
    status, answer = await acme.raw("POST", "/datasets", order)
    assert status == 400
    assert b"is not in the node's directory" in answer


async def test_a_new_key_counts_for_one_alone(installation: Any, web: Any) -> None:
    import asyncio

    folder = installation.acme.path / "manage-keys"
    folder.mkdir()
    (folder / "notebook.key").write_text("n" * 40)
    await asyncio.sleep(MEMORY_SECONDS)
    headers = {"Authorization": f"Bearer {'n' * 40}"}
    for node, expected in ((installation.acme, 200), (installation.beta, 401)):
        url = f"{node.manage_url}/manage/v1/node"
        assert (await _asked(web, "GET", url, headers=headers))[0] == expected
