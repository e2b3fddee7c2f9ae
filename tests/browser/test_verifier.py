"""The page that checks receipts: opened from a file, in a real browser, without any network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from chromium import Tab, opened
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from faifo.ledger.leaf import Kind, agreement_entry, write_opening
from faifo.ledger.page import verifier_page
from faifo.ledger.refused import ProofError
from faifo.ledger.trust_policy import parse_policy
from faifo.ledger.verifying import judge
from proofs import TAMPERINGS, Log, genuine, made_log, opening, spoilt

LOG = made_log()
RESULTS = """Array.from(document.querySelectorAll('#results li')).map(
    li => [li.querySelector('h2').textContent, li.dataset.fault || '', li.innerText])"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    (tmp_path / "verify.html").write_text(verifier_page().text, "utf-8")
    (tmp_path / "good.tlog-proof").write_bytes(genuine())
    (tmp_path / "good.opening.json").write_bytes(write_opening(opening(5)))
    return tmp_path


async def give(tab: Tab, *files: Path) -> list[Any]:
    """Choose `files` as a person does, and return what the page says of them."""
    root = await tab.do("DOM.getDocument")
    found = {"nodeId": root["root"]["nodeId"], "selector": "#files"}
    node = (await tab.do("DOM.querySelector", **found))["nodeId"]
    await tab.do("DOM.setFileInputFiles", nodeId=node, files=[str(one) for one in files])
    return await judged(tab)


async def judged(tab: Tab) -> list[Any]:
    """Return the verdicts once the page has no work left."""
    told = await tab.do(
        "Runtime.evaluate", expression=f"settled().then(() => {RESULTS})",
        awaitPromise=True, returnByValue=True,
    )  # fmt: skip
    assert "exceptionDetails" not in told, told
    return list(told["result"]["value"])


async def test_it_proves_the_genuine_and_refuses_every_tampering_for_its_reason(room: Path):
    names = {f"{at}.tlog-proof": name for at, name in enumerate(TAMPERINGS)}
    for file, name in names.items():
        (room / file).write_bytes(spoilt(name))
    async with opened("en") as tab:
        await tab.open((room / "verify.html").as_uri())
        await tab.type_into("#keys", LOG.policy)
        files = (room / "good.tlog-proof", room / "good.opening.json")
        told = await give(tab, *files, *(room / one for one in names))
        said = {head.partition(": ")[0]: (head, fault) for head, fault, _ in told}
        assert said.pop("good.tlog-proof") == ("good.tlog-proof: proven", "")
        wrong = {
            names[file]: (fault, TAMPERINGS[names[file]][1])
            for file, (_, fault) in said.items()
            if fault not in TAMPERINGS[names[file]][1].split()
        }
        assert wrong == {}
        assert len(said) == len(TAMPERINGS)
        shown = next(text for head, _, text in told if head.startswith("good"))
        assert "an access, at place 5 in a log of 7" in shown
        assert "osaka (2026-11-30T00:53:20Z)" in shown
        assert opening(5).record.decode() in shown
        assert await tab.value("performance.getEntriesByType('resource').length") == 0
        assert tab.faults == []


async def test_a_receipt_is_dropped_and_read_in_vietnamese_on_a_telephone(room: Path):
    async with opened("vi") as tab:
        await tab.size(320, 640, phone=True)
        await tab.open((room / "verify.html").as_uri())
        assert "Kiểm tra biên nhận" in await tab.text()
        # A drop as the page sees it: drags from outside are the browser's own business.
        await tab.value(
            "(() => { const data = new DataTransfer();"
            f" data.items.add(new File([{genuine().decode()!a}], 'good.tlog-proof'));"
            " document.getElementById('drop').dispatchEvent("
            "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})) })()"
        )
        ((head, fault, text),) = await judged(tab)
        assert (head, fault) == ("good.tlog-proof: KHÔNG chứng minh được", "unsigned")
        await tab.type_into("#keys", LOG.key.vkey)
        ((head, fault, text),) = await judged(tab)
        assert (head, fault) == ("good.tlog-proof: đã chứng minh", "")
        assert "chưa có nhân chứng nào" in text
        assert await tab.value("document.documentElement.scrollWidth <= window.innerWidth")
        await tab.value("document.querySelector('nav button').click()")
        assert "good.tlog-proof: proven" in await tab.text()


async def test_an_agreement_is_proven_with_its_signature(room: Path):
    private = ec.generate_private_key(ec.SECP256R1())
    agreed = opening(1, Kind.AGREEMENT)
    signature = private.sign(agreed.salt + agreed.record, ec.ECDSA(SHA256()))
    entry = agreement_entry(agreed.salt, agreed.record, private.public_key(), signature)
    log = Log([entry])
    (room / "agreement.tlog-proof").write_bytes(log.receipt(0))
    (room / "agreement.opening.json").write_bytes(write_opening(agreed))
    (room / "other.opening.json").write_bytes(write_opening(opening(2, Kind.AGREEMENT)))
    async with opened("en") as tab:
        await tab.open((room / "verify.html").as_uri())
        await tab.type_into("#keys", log.key.vkey)
        names = ("agreement.tlog-proof", "agreement.opening.json", "other.opening.json")
        told = await give(tab, *(room / one for one in names))
        assert [(head, fault) for head, fault, _ in told] == [
            ("agreement.tlog-proof: proven", ""),
            ("other.opening.json: NOT proven", "opening"),
        ]
        assert agreed.record.decode() in told[0][2]


W = LOG.witness.vkey
OTHER = made_log(witness_seed=8).witness.vkey
POLICIES = {
    "as it should be": f"{LOG.policy}",
    "a quorum twice": f"{LOG.policy}quorum none\n",
    "one witness counted twice": f"witness w {W}\ngroup g 2 w w\nquorum g\n",
    "a witness in two groups": f"witness w {W}\ngroup g 1 w\ngroup h 1 w\n",
    "one key under two names": f"witness w {W}\nwitness v {W}\n",
    "a log twice": f"log {LOG.key.vkey}\n{LOG.key.vkey}\n",
    "two keys of one name": f"{W}\n{OTHER}\n",
    "a witness called none": f"witness none {W}\n",
    "half a witness": f"witness w {W}\ngroup g 0.5 w\n",
    "a number without end": f"witness w {W}\ngroup g {'9' * 5000} w\n",
}


async def test_it_reads_a_policy_as_the_command_does(room: Path):
    def read(text: str) -> str:
        try:
            parse_policy(text)
        except ProofError as error:
            return error.fault.value
        return ""

    async with opened("en") as tab:
        await tab.open((room / "verify.html").as_uri())
        for name, text in POLICIES.items():
            asked = f"readPolicy({text!a}).then(() => '', error => error.fault)"
            told = await tab.do("Runtime.evaluate", expression=asked, awaitPromise=True)
            assert (name, told["result"]["value"]) == (name, read(text))
            assert (name, bool(read(text))) == (name, name != "as it should be")


async def test_a_leaf_that_is_no_agreement_is_refused_as_by_the_command(room: Path):
    private = ec.generate_private_key(ec.SECP256R1())
    agreed = opening(1, Kind.AGREEMENT)
    signature = private.sign(b"something else", ec.ECDSA(SHA256()))
    entry = agreement_entry(agreed.salt, agreed.record, private.public_key(), signature)
    log = Log([entry, entry.replace(b'"kind"', b' "kind"'), b'{"anything":1}'])
    files = {f"{at}.tlog-proof": log.receipt(at) for at in range(3)}
    files["0.opening.json"] = write_opening(agreed)
    for name, content in files.items():
        (room / name).write_bytes(content)
    known = judge(files, parse_policy(log.key.vkey))
    async with opened("en") as tab:
        await tab.open((room / "verify.html").as_uri())
        await tab.type_into("#keys", log.key.vkey)
        told = await give(tab, *(room / one for one in files))
        assert [fault for _, fault, _ in told] == ["leaf", "leaf", "leaf", "opening"]
        assert [one.fault and one.fault.fault for one in known] == [fault for _, fault, _ in told]


async def test_sizes_beyond_32_bits_are_counted_right(room: Path):
    """The proof of a made-up tree of 2**40 leaves, of which only the last is known."""
    from faifo.ledger.checkpoint import written
    from faifo.ledger.note import sign
    from faifo.ledger.receipt import write_receipt
    from faifo.ledger.tree import leaf_hash, node_hash
    from proofs import ORIGIN, private

    leaf, path = LOG.leaves[0], [bytes([one]) * 32 for one in range(40)]
    root = leaf_hash(leaf)
    for one in path:
        root = node_hash(one, root)
    text = written(ORIGIN, 1 << 40, root)
    note = f"{text}\n{sign(text, ORIGIN, private(1)).line}"
    big = write_receipt(leaf, (1 << 40) - 1, path, note)
    (room / "big.tlog-proof").write_bytes(big)
    wrong = big.replace(b"index 1099511627775", b"index 1099511627774")
    (room / "wrong.tlog-proof").write_bytes(wrong)
    async with opened("en") as tab:
        await tab.open((room / "verify.html").as_uri())
        await tab.type_into("#keys", LOG.key.vkey)
        told = await give(tab, room / "big.tlog-proof", room / "wrong.tlog-proof")
        assert [fault for _, fault, _ in told] == ["", "inclusion"]
