"""For one's own systems: endpoint and token for a client, and who calls told to a service."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from tests.conftest import Pair, Refused

from faifo.client import Client


class Service:
    """A service behind the provider's node; it keeps the fields of each request."""

    def __init__(self) -> None:
        self.url = ""
        self.fields: list[dict[str, str]] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.fields.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response(text="here")


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    made = Service()
    app = web.Application()
    app.router.add_get("/v1", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield made
    await runner.cleanup()


def client(pair: Pair) -> Client:
    return Client(pair.consumer.manage_url, (pair.consumer.path / "manage.key").read_text())


async def fetched(token: Any, **fields: str) -> tuple[int, str]:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            token.endpoint, headers={"Authorization": token.authorization, **headers}
        ) as answer,
    ):
        return answer.status, await answer.text()


async def test_endpoint_and_token(pair: Pair) -> None:
    agreement = await pair.agreement(await pair.publish("a,b\n"))
    async with client(pair) as own:
        first = await own.token(agreement)
        assert await fetched(first) == (200, "a,b\n")
        # The same one, by the agreement and by the transfer, as long as it is good.
        assert await own.token(agreement) == await own.token(first.transfer) == first
        other = await own.token(first.transfer, renew=True)
        assert other.authorization != first.authorization
        assert await fetched(other) == (200, "a,b\n")
        assert other.expires is not None
    given = [one for one in pair.consumer.records("journal") if one.event == "token-given"]
    assert len(given) == 4
    shown = (await pair.consumer.raw("GET", f"/timeline/{first.transfer}"))[1]
    assert first.authorization.encode() not in shown


async def test_a_token_that_has_ended_is_renewed(pair: Pair) -> None:
    agreement = await pair.agreement(await pair.publish("a,b\n"))
    async with client(pair) as own:
        first = await own.token(agreement)
        await own.settle(await own.complete(first.transfer))
        assert (await fetched(first))[0] == 403
        second = await own.token(first.transfer)
        assert second.transfer != first.transfer
        assert await fetched(second) == (200, "a,b\n")


async def test_no_token_of_what_is_not_ours(pair: Pair) -> None:
    agreement = await pair.agreement(await pair.publish("a,b\n"))
    transfer = await pair.transfer(agreement)
    with pytest.raises(Refused) as caught:
        await pair.provider.call("POST", f"/transfers/{transfer['peer_pid']}/token", {})
    assert caught.value.status == 404


async def called(pair: Pair, service: Service, **publication: Any) -> dict[str, Any]:
    """Call the service through both nodes, with fields that a caller should not set."""
    order = {"location": service.url, "title": "S", "terms": {"purposes": ["research"]}}
    dataset = await pair.provider.call("POST", "/datasets", {**order, **publication})
    begun = await pair.negotiate(dataset["id"], purpose="research")
    done = await pair.consumer.settled(f"/negotiations/{begun['pid']}")
    async with client(pair) as own:
        token = await own.token(done["agreement"])
    wrong = {"Faifo_Participant": "did:web:me", "Faifo_Caller": "x", "X_Tenant": "7", "Cookie": "c"}
    assert await fetched(token, **wrong) == (200, "here")
    return {"agreement": done["agreement"], "dataset": dataset["id"], "transfer": token.transfer}


async def test_who_calls_in_plain_fields(pair: Pair, service: Service) -> None:
    about = await called(pair, service, tell_caller="plain")
    (fields,) = service.fields
    assert fields["faifo-participant"] == pair.consumer.did.replace("%", "%25")
    assert fields["faifo-agreement"] == about["agreement"]
    assert fields["faifo-dataset"] == about["dataset"]
    assert fields["faifo-purpose"] == "research"
    assert not {"faifo-caller", "x-tenant", "cookie", "authorization"} & fields.keys()


async def test_who_calls_in_a_signed_field(pair: Pair, service: Service) -> None:
    about = await called(pair, service, tell_caller="signed")
    (fields,) = service.fields
    assert "faifo-participant" not in fields
    head, body, _ = fields["faifo-caller"].split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    assert claims["iss"] == header["kid"].partition("#")[0] == pair.provider.did
    assert (claims["sub"], claims["aud"]) == (pair.consumer.did, service.url)
    assert (claims["agreement"], claims["purpose"]) == (about["agreement"], ["research"])
    # By somebody else's library, with the key of the node's DID document.
    import jwt

    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{pair.provider.public_url}/.well-known/did.json") as answer,
    ):
        document = await answer.json(content_type=None)
    method = next(one for one in document["verificationMethod"] if one["id"] == header["kid"])
    key = jwt.PyJWK(method["publicKeyJwk"]).key
    token = fields["faifo-caller"]
    assert jwt.decode(token, key, algorithms=["ES256"], audience=service.url) == claims


async def test_who_calls_stays_unsaid_unless_it_is_wanted(pair: Pair, service: Service) -> None:
    await called(pair, service)
    (fields,) = service.fields
    assert not any(name.startswith("faifo-") for name in fields)


async def test_more_fields(pair: Pair, service: Service) -> None:
    await called(pair, service, pass_headers=["X-Tenant"])
    (fields,) = service.fields
    assert fields["x-tenant"] == "7"
    assert "cookie" not in fields


@pytest.mark.parametrize(
    "name", ["Cookie", "authorization", "Host", "Faifo-Participant", "x y", "X-Forwarded-For", "ä"]
)
async def test_fields_that_are_never_passed_on(pair: Pair, service: Service, name: str) -> None:
    order = {"location": service.url, "title": "S", "pass_headers": [name]}
    with pytest.raises(Refused) as caught:
        await pair.provider.call("POST", "/datasets", order)
    assert caught.value.status == 400


async def test_a_file_has_no_service_to_tell(pair: Pair) -> None:
    file = pair.provider.path.with_name(pair.provider.path.name + "-data") / "a.csv"
    file.write_text("a")
    order = {"location": str(file), "title": "A", "tell_caller": "plain"}
    with pytest.raises(Refused) as caught:
        await pair.provider.call("POST", "/datasets", order)
    assert caught.value.status == 400
