from __future__ import annotations

from faifo.messages.dsp_2025_1.wire import CONTEXT
from faifo.node.exchange.negotiating import _contexts


def test_the_contexts_of_foreign_terms_go_with_them_into_the_message() -> None:
    offer = {"@id": "o", "permission": [{"action": "use"}]}
    theirs = ["https://x.example/c", CONTEXT]
    assert _contexts({**offer, "@context": theirs}) == (offer, (CONTEXT, "https://x.example/c"))
    assert _contexts(offer) == (offer, (CONTEXT,))
