"""Names of participants, and what they would hide."""

from __future__ import annotations

from pathlib import Path

import pytest

from faifo.errors import NotFoundError, SettingsError
from faifo.node.custody.making import make_node
from faifo.node.custody.participants import RESERVED, participant, participants_of, place_for
from faifo.node.http.app import Routed
from faifo.node.wiring import open_node

SETTINGS = '[node]\npublic_url = "https://{}.example"\n[credentials]\nissuer = false\n'


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "1a",
        "-a",
        ".a",
        "a/b",
        "../a",
        "a b",
        "a" * 41,
        "a_b",
        "ä",
        "a\n",
        *sorted(RESERVED),
    ],
)
def test_what_is_no_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError):
        place_for(tmp_path, name)
    with pytest.raises(NotFoundError):
        participant(tmp_path, name)


def test_names_and_a_participant_has_none_of_its_own(tmp_path: Path) -> None:
    assert place_for(tmp_path, "tay-do-1") == tmp_path / "participants" / "tay-do-1"
    make_node(tmp_path / "home", SETTINGS.format("home"))
    make_node(tmp_path / "home" / "participants" / "acme", SETTINGS.format("acme"))
    (tmp_path / "home" / "participants" / ".beta.new").mkdir()
    (tmp_path / "home" / "participants" / "file").write_text("")
    found = participants_of(tmp_path / "home")
    assert [one.path.name for one in found] == ["acme"]
    with pytest.raises(SettingsError):
        place_for(tmp_path / "home" / "participants" / "acme", "inner")


async def test_every_path_of_a_nodes_public_face_is_reserved(tmp_path: Path) -> None:
    make_node(tmp_path / "home", SETTINGS.format("home"))
    async with open_node(tmp_path / "home") as node:
        inside = node.public
        while not isinstance(inside, Routed):
            cells = [one.cell_contents for one in getattr(inside, "__closure__", None) or ()]
            further = [getattr(inside, "app", None), *cells]
            inside = next(one for one in further if callable(one) and _leads_on(one))
        seen = set(inside._router._root.names)
    assert {"dsp", "dcp", "log", "inbox", "p", "health"} <= seen
    assert seen - RESERVED == {".well-known"}
    assert "data" in RESERVED


def _leads_on(one: object) -> bool:
    inner = isinstance(one, Routed) or hasattr(one, "app")
    return inner or bool(getattr(one, "__closure__", None))
