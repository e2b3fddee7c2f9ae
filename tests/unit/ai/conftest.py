"""Skip what needs packages or data that are not here; small tables; keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.unit.ai.training import Trainers

from faifo.trust.did_document import read_did_document, write_did_document
from faifo.trust.keys import KeyPurpose, PublicKey, SigningKey

DATA = Path(__file__).parents[3].parent / "shared" / "data"
DID = "did:web:bank.example.org"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Any:
    """Threads that spin for a core that others use make small trainings take minutes."""
    threadpoolctl = pytest.importorskip("threadpoolctl", reason="needs faifo[ai]")
    with pytest.MonkeyPatch.context() as environ, threadpoolctl.threadpool_limits(1):
        # For what is loaded later, as scikit-learn is by the tests that train.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            environ.setenv(name, "1")
        yield


@pytest.fixture(autouse=True, scope="session")
def trainers() -> Iterator[None]:
    """Have reference models trained in forks of one process."""
    forked = Trainers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("faifo.ai.assess.remote.subprocess", forked.module)
        yield
    forked.close()


@pytest.fixture
def shared_data() -> Path:
    if not DATA.is_dir():
        pytest.skip("needs ../shared/data")
    return DATA


@pytest.fixture(scope="session")
def passport_key() -> SigningKey:
    return SigningKey(
        id=f"{DID}#passport-1",
        purpose=KeyPurpose.PASSPORT,
        created=NOW,
        private_key=ec.generate_private_key(ec.SECP256R1()),
    )


@pytest.fixture(scope="session")
def key_of(passport_key: SigningKey) -> Callable[[str], PublicKey]:
    document = read_did_document(write_did_document(DID, [passport_key], []), did=DID)
    return lambda kid: document.method(kid, "assertionMethod")


@pytest.fixture(scope="session")
def answers_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of 6,000 answers that are fair and calibrated."""
    np = pytest.importorskip("numpy")
    pl = pytest.importorskip("polars", reason="needs faifo[ai]")
    rng = np.random.default_rng(3)
    n = 6000
    score = rng.random(n)
    frame = pl.DataFrame(
        {
            "y": (rng.random(n) < score).astype(int),
            "p": score,
            "d": (score >= 0.5).astype(int),
            "sex": rng.choice(["f", "m"], n),
            "age": rng.choice(["young", "old", "middle"], n),
            "x": rng.normal(size=n),
        }
    )
    path: Path = tmp_path_factory.mktemp("answers") / "answers.csv"
    frame.write_csv(path)
    return path


@pytest.fixture(scope="session")
def evidence_set(answers_file: Path) -> Any:
    pytest.importorskip("sklearn", reason="needs faifo[ai]")
    from faifo.ai.assess.request import Request
    from faifo.ai.assess.run import assess

    return assess(Request(data=answers_file, label="y", score="p", groups=("sex", "age"))).found
