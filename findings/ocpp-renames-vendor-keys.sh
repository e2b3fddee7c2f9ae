#!/usr/bin/env bash
# OCPP: the vendor's own keys in customData are renamed on their way out, and two of them become one.
# Standard: OCPP 2.1, part 2, CustomDataType: vendorId, and any further members, whose names are the vendor's business.
# For a node: a charging operator's meter seal or tariff key arrives under another name, or one of two is lost, and the
# partner's schema for the same bytes does not fit. Keep custom data as one text member, or check the names at arrival.
. "$(dirname "$0")/_room.sh"
guess "the members of customData are sent under the names that they were given"
found "the library's change between snake_case and camelCase goes through them as well; socLimit and soc_limit are one"
python_with ocpp==2.1.0
python_sees <<'PY'
import asyncio, json
from ocpp.v21 import ChargePoint, call

class Line:
    """A connection that shows what is sent and answers nothing."""
    async def send(self, text):
        print(json.dumps(json.loads(text)[3]["customData"]))
    async def recv(self):
        await asyncio.Event().wait()

async def main():
    point = ChargePoint("CP-1", Line(), response_timeout=0.05)
    for own in ({"seal_number": "A7"}, {"x1Y": 2}, {"socLimit": 70, "soc_limit": 80}):
        print(json.dumps(own), end=" is sent as ")
        request = call.DataTransfer(vendor_id="vn.example", custom_data={"vendorId": "vn.example", **own})
        try:
            await point.call(request)
        except asyncio.TimeoutError:
            pass

asyncio.run(main())
PY
unchanged <<'END'
{"seal_number": "A7"} is sent as {"vendorId": "vn.example", "sealNumber": "A7"}
{"x1Y": 2} is sent as {"vendorId": "vn.example", "x1Y": 2}
{"socLimit": 70, "soc_limit": 80} is sent as {"vendorId": "vn.example", "SoCLimit": 80}
END
