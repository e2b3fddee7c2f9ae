from __future__ import annotations

from pathlib import Path

from faifo.machines import negotiation, transfer
from faifo.machines.diagram import mermaid, page

PAGE = Path(__file__).parents[3] / "docs/reference/state-machines.md"


def test_the_committed_page_is_the_generated_one() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run `python -m faifo.machines.diagram > docs/reference/state-machines.md`"
    )


def test_an_arrow_says_who_may_send_what() -> None:
    lines = mermaid(transfer.STEPS).splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> REQUESTED: C TransferRequest" in lines
    assert "    SUSPENDED --> STARTED: C/P TransferStart" in lines
    assert lines[-2:] == ["    COMPLETED --> [*]", "    TERMINATED --> [*]"]


def test_an_event_is_drawn_by_its_type_because_a_colon_would_end_the_label() -> None:
    diagram = mermaid(negotiation.STEPS)
    assert "    OFFERED --> ACCEPTED: C ACCEPTED" in diagram.splitlines()
    assert all(line.count(":") <= 1 for line in diagram.splitlines())


def test_a_row_less_is_an_arrow_less() -> None:
    full, less = mermaid(negotiation.STEPS), mermaid(negotiation.STEPS[1:])
    assert len(full.splitlines()) - len(less.splitlines()) == 1
