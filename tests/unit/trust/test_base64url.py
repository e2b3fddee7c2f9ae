from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faifo.trust import base64url


@given(st.binary(max_size=100))
def test_round_trip(data: Any):
    assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "Y Q", "YQ\n", "+/A", "ẠA", "A" * 5])
def test_other_spellings_are_refused(text: Any):
    with pytest.raises(ValueError, match=r"it is (not )?base64url"):
        base64url.decode(text)
