"""What one side of an agreement tells the other about it: a message of our own, in the form of DSP.

DSP 2025-1 has no word for the end of an agreement, only for that of a negotiation or a transfer. So
a node that takes notices says so in its version document (`EXTENSION`), and takes them at
`/agreements/:id/notices` below the path of the version. They are proven, answered and repeated as
the protocol's own messages are. Sent in plain JSON under DSP's context.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from faifo.messages.dsp_2025_1.wire import Id, IdOrEmpty, Message, ReasonedMessage, named

EXTENSION: Final = "urn:faifo:agreement-notice:1"
"""Who announces it takes `end`."""
CHANGES: Final = "urn:faifo:agreement-notice:2"
"""Who announces it takes every action."""
END: Final = "end"
MAX_STATEMENT: Final = 65_536

Action = Literal["end", "suspend", "resume", "amend", "renew", "fulfil"]


class AgreementNotice(ReasonedMessage, frozen=True, kw_only=True):
    """What its sender does to the agreement, for `reason`.

    `end`: it holds to it no longer. `suspend`, `resume`: nothing may be used under it meanwhile.
    `amend`: `replacement`, an agreement of the same two about the same dataset, stands in its
    place. `renew`: it stands for this `version` of the publication from now on. `fulfil`: a duty of
    it was done, as the signed `statement` (a DSSE envelope) says.
    """

    type: Literal["AgreementNotice"] = named("AgreementNotice")
    agreement_id: Id
    action: Action
    replacement: Id | None = None
    version: Annotated[int, msgspec.Meta(ge=1, le=2**31)] | None = None
    statement: Annotated[str, msgspec.Meta(max_length=MAX_STATEMENT)] | None = None


class AgreementState(Message, frozen=True, kw_only=True):
    """The acknowledgement of a notice: where the agreement stands in the book of its receiver."""

    type: Literal["AgreementState"] = named("AgreementState")
    agreement_id: Id
    state: Literal["ENDED", "IN_FORCE", "SUSPENDED"]


class AgreementError(ReasonedMessage, frozen=True, kw_only=True):
    """The refusal of a notice; it changes nothing."""

    type: Literal["AgreementError"] = named("AgreementError")
    agreement_id: IdOrEmpty
