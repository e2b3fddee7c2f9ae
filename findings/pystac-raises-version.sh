#!/usr/bin/env bash
# pystac: reading and writing an item changes its STAC version, its extensions' versions, and its times.
# Standard: STAC item specification 1.0.0, "stac_version" and "stac_extensions" name what the item was made by;
# RFC 3339 leaves the number of digits of a second open.
# For a node: an item passed through pystac is no longer the item whose digest or signature the partner knows, and it
# claims conformance nobody checked. Serve and sign the bytes received; use pystac for reading only.
. "$(dirname "$0")/_room.sh"
guess "from_dict and to_dict give the same item back"
found "1.0.0 becomes 1.1.0, eo v1.0.0 becomes v1.1.0, nine digits of a second become six"
python_with pystac==1.15.2 python-dateutil==2.9.0.post0
python_sees <<'PY'
import pystac
sent = {
    "type": "Feature", "stac_version": "1.0.0", "id": "a", "bbox": [105, 21, 105, 21],
    "stac_extensions": ["https://stac-extensions.github.io/eo/v1.0.0/schema.json"],
    "geometry": {"type": "Point", "coordinates": [105, 21]}, "links": [], "assets": {},
    "properties": {"datetime": "2026-01-01T00:00:00.123456789Z", "eo:cloud_cover": 5}}
back = pystac.Item.from_dict(sent, preserve_dict=True).to_dict()
for name in ("stac_version", "stac_extensions", "properties"):
    print(sent[name], "->", back[name])
PY
unchanged <<'END'
1.0.0 -> 1.1.0
['https://stac-extensions.github.io/eo/v1.0.0/schema.json'] -> ['https://stac-extensions.github.io/eo/v1.1.0/schema.json']
{'datetime': '2026-01-01T00:00:00.123456789Z', 'eo:cloud_cover': 5} -> {'datetime': '2026-01-01T00:00:00.123456Z', 'eo:cloud_cover': 5}
END
