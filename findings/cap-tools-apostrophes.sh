#!/usr/bin/env bash
# cap_tools: two addressees of a private CAP alert whose names have an apostrophe are read as one, of another name.
# Standard: CAP 1.2 §3.2.1 addresses: space-delimited, and only "addresses including whitespace MUST be enclosed in double
# quotes"; an apostrophe and a backslash are characters like others (§3.2.1 incidents and references likewise).
# For a node: an alert of scope Private is for whom its addresses name; read so, met.cote-d'azur is no addressee any more
# and does not get it. Split by space and double quotes only. What the library writes itself has the same fault.
. "$(dirname "$0")/_room.sh"
guess "what was put into the list of addresses comes out of it again"
found "the list is split as a shell would: apostrophes pair up across addresses, backslashes are gone"
python_with cap-tools==3.1.1 xsdata==24.12 multidict==6.9.1
python_sees <<'PY'
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.serializers import XmlSerializer

from cap_tools.models import Alert

WHO = ["met.cote-d'azur", "met.val-d'aoste", "civil protection", "CORP\\duty"]
ALERT = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>s</sender>
<sent>2026-11-29T08:00:00+07:00</sent><status>Actual</status><msgType>Alert</msgType><scope>Private</scope>
<addresses>met.cote-d'azur met.val-d'aoste "civil protection" CORP\\duty</addresses></alert>"""

read = XmlParser().from_string(ALERT, Alert)
print("read   ", read.addresses_to_list())
read.addresses_from_list(WHO)
print("written", read.addresses)
again = XmlParser().from_string(XmlSerializer().render(read), Alert)
print("again  ", again.addresses_to_list() == WHO)
PY
unchanged <<'END'
read    ['met.cote-dazur met.val-daoste', 'civil protection', 'CORPduty']
written met.cote-d'azur met.val-d'aoste "civil protection" CORP\duty
again   False
END
