"""What one side of an agreement tells the other about it: a message of our own, in the form of DSP.

DSP 2025-1 has no word for the end of an agreement, only for that of a negotiation or a transfer. So
a node that takes notices says so in its version document (`EXTENSION`), and takes them at
`/agreements/:id/notices` below the path of the version. They are proven, answered and repeated as
the protocol's own messages are. Sent in plain JSON under DSP's context.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from faifo.messages.dsp_2025_1.wire import Id, IdOrEmpty, Message, ReasonedMessage

EXTENSION: Final = "urn:faifo:agreement-notice:1"


class AgreementNotice(ReasonedMessage, frozen=True, kw_only=True):
    """`end`: its sender holds to the agreement no longer, for `reason`."""

    type: Literal["AgreementNotice"] = msgspec.field(
        name="@type", default_factory=lambda: "AgreementNotice"
    )
    agreement_id: Id
    action: Literal["end"]


class AgreementState(Message, frozen=True, kw_only=True):
    """The acknowledgement of a notice: where the agreement stands in the book of its receiver."""

    type: Literal["AgreementState"] = msgspec.field(
        name="@type", default_factory=lambda: "AgreementState"
    )
    agreement_id: Id
    state: Literal["ENDED"]


class AgreementError(ReasonedMessage, frozen=True, kw_only=True):
    """The refusal of a notice; it changes nothing."""

    type: Literal["AgreementError"] = msgspec.field(
        name="@type", default_factory=lambda: "AgreementError"
    )
    agreement_id: IdOrEmpty
