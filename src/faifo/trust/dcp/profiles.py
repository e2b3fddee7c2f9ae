"""The two profiles: which data model, which status list, how it is signed. Spec: DCP 1.0 §A.1."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

VC11_CONTEXT: Final = "https://www.w3.org/2018/credentials/v1"
VC20_CONTEXT: Final = "https://www.w3.org/ns/credentials/v2"
STATUS_2021_CONTEXT: Final = "https://w3id.org/vc/status-list/2021/v1"


class Profile(StrEnum):
    """VC11: VCDM 1.1 in a JWT's claim `vc`. VC20: VCDM 2.0, enveloped by JOSE."""

    VC11 = "vc11-sl2021/jwt"
    VC20 = "vc20-bssl/jwt"


STATUS_TYPES: Final = {
    Profile.VC11: "StatusList2021Entry",
    Profile.VC20: "BitstringStatusListEntry",
}
