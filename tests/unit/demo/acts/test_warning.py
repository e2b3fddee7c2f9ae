from __future__ import annotations

from faifo.demo.acts.warning import scam
from faifo.kinds.kind import kind_of


def test_the_notice_is_a_warning_in_three_languages():
    kind = kind_of("warnings")
    warning = kind.read(scam())
    assert [text.lang for text in warning.texts] == ["vi", "ko", "en"]
    assert kind.title(warning, "vi") == "Cuộc gọi giả ngân hàng"
    assert warning.begins < warning.ends
