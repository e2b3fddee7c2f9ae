"""Begin to use data: an agreement, new or of old, and a transfer under it.

Whether an agreement of old may be used again, its provider says at the transfer. The node does not
propose one again under which the provider said no, so to negotiate again is to negotiate anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from faifo.api.processes import Negotiation, Transfer
from faifo.errors import PeerError, RefusedError
from faifo.phrases import Phrase


def agreement_of(negotiation: Negotiation) -> str:
    """Return the id of its agreement.

    Raises:
        PeerError: there is none, though the negotiation is finalised.
    """
    if negotiation.agreement is None:
        reason = Phrase("errors.told.no-agreement")
        raise PeerError(who=negotiation.peer, status=200, reasons=(reason,))
    return negotiation.agreement


async def started(
    agreement: str,
    negotiate: Callable[[], Awaitable[Negotiation]],
    start: Callable[[str], Awaitable[Transfer]],
) -> Transfer:
    """Return a transfer under `agreement`, or under another where the provider refuses that one.

    Raises:
        RefusedError: there is no other, or the provider refuses that one too.
    """
    try:
        return await start(agreement)
    except RefusedError:
        other = agreement_of(await negotiate())
        if other == agreement:
            raise
        return await start(other)
