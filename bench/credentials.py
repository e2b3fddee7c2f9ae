"""The whole flow between members of an authority, against the flow that a trust file allows.

Three pairs of nodes take turns, one flow at a time: with the trust file; by credentials, with what
was proven remembered as usual (warm); and by credentials with nothing remembered (cold). The cold
pair keeps what it looked up for a second, the least that can be set, and gets a flow whenever that
second is over; until then the other two alternate. So the machine is busy all the time, and a cold
flow asks for every DID document, presentation and status list anew. A ratio is one of medians
within a round.
"""

from __future__ import annotations

import contextlib
import statistics
import time
from pathlib import Path

import msgspec

from bench.figures import BenchError, Effort, Figure, Part, number, ratios
from bench.flow import Contender, make_contender, one_flow
from bench.members import LEAST, USUAL, admit, asked, make_authority, members
from bench.nodes import Node, pair, serving
from bench.wire import Connection

COLD_RATIO, WARM_RATIO = 2.5, 1.3
# Longer than the least memory, counted from the end of a cold flow, and from a second after it:
# then each follows the other's log, and looks up once more whom it deals with.
FORGOTTEN_SECONDS = 2.5
PLAIN, WARM, COLD = "trust file", "credentials, warm", "credentials, cold"


class Runner(msgspec.Struct, frozen=True):
    """A contender, the connection of its driver, and its milliseconds by round."""

    contender: Contender
    connection: Connection
    rounds: list[list[float]]

    async def flow(self) -> None:
        found = await one_flow(self.connection, self.contender.order)
        self.rounds[-1].append(found.whole)

    @property
    def medians(self) -> list[float]:
        return [statistics.median(one) for one in self.rounds]


async def run(effort: Effort, folder: Path) -> Part:
    part = Part(name="credentials", title="Whole flow between members, against the trust file")
    async with contextlib.AsyncExitStack() as stack:
        authority = stack.enter_context(serving(make_authority(folder)))
        pairs = {PLAIN: stack.enter_context(pair(folder / "plain"))}
        for name, memory in ((WARM, USUAL), (COLD, LEAST)):
            root = folder / name.rpartition(" ")[2]
            pairs[name] = stack.enter_context(members(root, authority, memory))
            await admit(authority, pairs[name])
        runners = {}
        for name, both in pairs.items():
            made = await make_contender(both, both.provider.home.path.parent)
            connection = await stack.enter_async_context(made.connect())
            runners[name] = Runner(made, connection, [[]])
            for _ in range(5):
                await runners[name].flow()
            runners[name].rounds.clear()
        questions: list[float] = []
        for _ in range(effort.rounds):
            for one in runners.values():
                one.rounds.append([])
            for _ in range(effort.cold_flows):
                await _others(runners)
                questions.append(await _cold(runners[COLD], authority))
    part.figures = _figures(runners)
    part.notes = _notes(runners, statistics.median(questions), effort)
    return part


async def _others(runners: dict[str, Runner]) -> None:
    """Let the other two alternate until the cold pair has forgotten everything."""
    until = time.perf_counter() + FORGOTTEN_SECONDS
    while time.perf_counter() < until:
        await runners[PLAIN].flow()
        await runners[WARM].flow()


async def _cold(runner: Runner, authority: Node) -> int:
    """Run a cold flow; return how many requests it made the authority answer."""
    before = await asked(authority)
    await runner.flow()
    made = await asked(authority) - before
    if not made:
        raise BenchError("a cold flow asked the authority nothing: it was not cold")
    return made


def _figures(runners: dict[str, Runner]) -> list[Figure]:
    medians = {name: one.medians for name, one in runners.items()}
    return [
        *(Figure(name=f"{name}, p50", unit="ms", values=found) for name, found in medians.items()),
        *(
            Figure(
                name=f"{name} ÷ {PLAIN}, p50",
                unit="×",
                values=ratios(medians[name], medians[PLAIN]),
                target=target,
            )
            for name, target in ((WARM, WARM_RATIO), (COLD, COLD_RATIO))
        ),
    ]


def _notes(runners: dict[str, Runner], questions: float, effort: Effort) -> list[str]:
    counts = ", ".join(f"{sum(map(len, one.rounds))} with {name}" for name, one in runners.items())
    return [
        (
            f"One flow at a time, seven processes: {counts};"
            f" {effort.cold_flows} cold ones a round, and the other two in turn between them."
        ),
        (
            "Each side proves itself to the other by a membership of the same authority. A cold"
            f" flow makes the authority answer {number(questions)} requests (DID document and"
            " status lists) and each wallet present itself. Not cold are the connections, which"
            " stay open, and the credential's schema and the access token for the wallet, which"
            " are kept for 5 minutes."
        ),
    ]
