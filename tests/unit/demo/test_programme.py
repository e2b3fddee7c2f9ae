"""Which acts are played for which word."""

from __future__ import annotations

import pytest

from faifo import demo
from faifo.demo.programme import ACTS, SCENE, leading_to


def test_what_the_command_line_knows_is_what_can_be_played():
    assert list(ACTS) == list(demo.ACTS)
    assert set(SCENE) < set(ACTS)


def test_what_an_act_needs_comes_before_it():
    for place, name in enumerate(ACTS):
        assert set(ACTS[name].after) <= set(list(ACTS)[:place])


@pytest.mark.parametrize(
    ("act", "played"),
    [
        ("opening", "opening"),
        ("refusing", "opening publishing refusing"),
        ("ending", "opening predicting ending"),
        ("recognising", "recognising"),
        ("comparing", "opening publishing fetching predicting refusing ending comparing"),
        (
            "all",
            "opening publishing fetching predicting refusing ending comparing judging rules skills"
            " recognising",
        ),
    ],
)
def test_the_acts_that_lead_to_one(act: str, played: str):
    assert leading_to(act) == played.split()


def test_the_scene_is_what_leads_to_its_end():
    assert leading_to(SCENE[-1]) == list(SCENE)
