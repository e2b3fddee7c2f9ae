"""C2SP's and Go's own libraries take our receipts, and refuse every one that ours refuses.

torchwood reads the whole receipt with the policy and the cosignatures; x/mod's note and tlog check
what a program with twenty lines of glue would. A refusal counts only beside the genuine one, which
the same run takes, and only if it says why.
"""

from __future__ import annotations

import base64
import json
import subprocess
from typing import Any

from proofs import TAMPERINGS, genuine, made_log, spoilt

# What x/mod cannot see without the policy, and what it does not mind in lines it does not read.
OF_THE_WITNESS = {
    "no cosignature", "a bit in the cosignature", "a cosignature with a later time",
    "cosigned by a stranger under the witness's name",
}  # fmt: skip
GLUE = {"another header"}
# The leaf in `extra` is ours; they are told the leaf apart from it.
TOLD_APART = {"another leaf"}


def ask(program: Any, cases: dict[str, tuple[bytes, bytes]]) -> dict[str, dict[str, str]]:
    def text(data: bytes) -> str:
        return base64.b64encode(data).decode()

    log = made_log()
    said = {
        name: {"leaf": text(leaf), "proof": text(proof)} for name, (leaf, proof) in cases.items()
    }
    asked = {"policy": log.policy, "key": log.key.vkey, "cases": said}
    ran = subprocess.run(
        [program], input=json.dumps(asked).encode(), check=True, timeout=100, stdout=subprocess.PIPE
    )
    answers: dict[str, dict[str, str]] = json.loads(ran.stdout)
    return answers


def test_they_take_what_we_write_and_refuse_what_we_refuse(foreign: Any):
    leaf = made_log().leaves[5]
    cases = {name: (leaf, spoilt(name)) for name in TAMPERINGS if name not in TOLD_APART}
    cases["another leaf"] = (made_log().leaves[4], genuine())
    cases["genuine"] = (leaf, genuine())
    for leaves, index in ((1, 0), (2, 1), (3, 2), (256, 255), (300, 257)):
        log = made_log(leaves)
        cases[f"genuine {leaves}"] = (log.leaves[index], log.receipt(index))
    told = ask(foreign("verify-go"), cases)
    taken = {name for name, said in told.items() if not said["torchwood"]}
    assert taken == {name for name in cases if name.startswith("genuine")}
    taken = {name for name, said in told.items() if not said["xmod"]}
    assert taken - {name for name in cases if name.startswith("genuine")} <= OF_THE_WITNESS | GLUE
    refused = {name for name, said in told.items() if said["torchwood"]}
    assert len(refused) >= 20
    causes = {name: told[name]["torchwood"] for name in refused}
    assert "inclusion proof verification failed" in causes["another leaf"]
    assert "inclusion proof verification failed" in causes["a bit in the first hash"]
    assert "invalid signature" in causes["a bit in the signature"]
    assert "invalid signature" in causes["a bit in the cosignature"]
    assert "policy components" in causes["no cosignature"]
    assert "missing header" in causes["another header"]
    assert "invalid hash length" in causes["a hash of 31 bytes"]
