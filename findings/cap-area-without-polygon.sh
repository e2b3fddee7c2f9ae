#!/usr/bin/env bash
# cap-ts (npm): an alert with an area that has a name and a geocode, but no polygon, is read and cannot be written.
# Standard: CAP 1.2, 3.2.4 "area": areaDesc is required; polygon, circle and geocode are optional.
# A fresh install also lacks tslib, which a package below it needs, so it is named here.
# For a node: an alert that names its areas by geocode alone is usual; a relay that parses and writes stops on them.
# Relay the bytes received (their signature needs that too).
. "$(dirname "$0")/_room.sh"
guess "what the library reads it writes"
found "TypeError from toXML(), for the read alert without polygons only"
node_with @dec112/cap-ts@0.3.2 tslib@2.8.1
node_sees <<'JS'
import { CAP_1_2 } from '@dec112/cap-ts'
const alert = (area) => `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier><sender>alerts@a.example</sender>
<sent>2026-01-01T00:00:00+07:00</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope><info>
<category>Met</category><event>Storm</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Observed</certainty><area><areaDesc>Coast</areaDesc>${area}</area></info></alert>`
const geocode = '<geocode><valueName>ISO3166-2</valueName><value>VN-SG</value></geocode>'
for (const [name, area] of [['polygon', '<polygon>10,106 10,107 11,107 10,106</polygon>' + geocode], ['geocode', geocode]]) {
  const read = CAP_1_2.Alert.fromXML(alert(area))
  try { console.log(name, 'written', read.toXML().includes('VN-SG')) } catch (error) { console.log(name, error.constructor.name) }
}
JS
unchanged <<'END'
polygon TypeError
geocode TypeError
END
