#!/usr/bin/env bash
# cap-ts (npm): an alert read and written again has its polygon beside the area, not in it; without a circle it fails.
# Standard: CAP 1.2, 3.2.4 "area": polygon, circle, geocode and altitude are its children, all optional; 3.2.3 "resource":
# uri and size are its children.
# For a node: the alert that leaves the relay is no valid CAP, and a receiver that reads it leniently warns nobody or
# everybody: the area has lost its shape. altitude 0 is lost as well. Relay the bytes received.
# A fresh install also lacks tslib, which a package below it needs, so it is named here.
. "$(dirname "$0")/_room.sh"
guess "what the library reads it writes back as the same tree"
found "<area> closes before <polygon>, <resource> before <uri>; an area without circle is a TypeError"
node_with @dec112/cap-ts@0.3.2 tslib@2.8.1
node_sees <<'JS'
import { CAP_1_2 } from '@dec112/cap-ts'
const alert = (area) => `<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>A-1</identifier><sender>alerts@a.example</sender>
<sent>2026-01-01T00:00:00+07:00</sent><status>Exercise</status><msgType>Alert</msgType><scope>Public</scope><info>
<category>Met</category><event>Storm</event><urgency>Immediate</urgency><severity>Severe</severity>
<certainty>Observed</certainty><resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType>
<uri>https://a.example/map</uri></resource><area><areaDesc>Coast</areaDesc>${area}<altitude>0</altitude></area></info></alert>`
const polygon = '<polygon>10,106 10,107 11,107 10,106</polygon>'
const circle = '<circle>10.5,106.5 5</circle>'
const geocode = '<geocode><valueName>ISO3166-2</valueName><value>VN-SG</value></geocode>'
for (const [name, area] of [['geocode', geocode], ['polygon', polygon], ['all', polygon + circle + geocode]]) {
  const read = await CAP_1_2.Alert.fromXML(alert(area))
  try {
    console.log(name, read.toXML().replace(/>\s+</g, '><').match(/<resource>.*(?=<\/info>)/)[0])
  } catch (error) {
    console.log(name, error.constructor.name)
  }
}
JS
unchanged <<'END'
geocode TypeError
polygon TypeError
all <resource><resourceDesc>map</resourceDesc><mimeType>image/png</mimeType></resource><uri>https://a.example/map</uri><area><areaDesc>Coast</areaDesc></area><polygon>10,106 10,107 11,107 10,106</polygon><circle>10.5,106.5 5</circle><geocode><valueName>ISO3166-2</valueName><value>VN-SG</value></geocode>
END
