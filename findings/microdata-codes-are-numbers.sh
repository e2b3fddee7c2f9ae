#!/usr/bin/env bash
# Microdata: a job posting's code 0110 is 110 in JavaScript, and its label in one of the two Python readers.
# Standard: HTML Living Standard, "Values" of microdata: of <data> and <meter> it is the value attribute, of others the
# text, always a string; "Associating names with items": itemref adds elements from elsewhere in the page.
# For a node: postings, courses and products are taken over from pages (schema.org). ISCO 0110 (armed forces officers)
# becomes 110, a number of twenty digits loses the last four, "" is 0; or the code is lost and the label stands in its
# place. Take the attribute itself, as extruct does, and check codes against their list.
. "$(dirname "$0")/_room.sh"
guess "three readers give \"0110\", the twenty digits, an empty text and the code named by itemref"
found "only extruct does; microdata-node makes numbers, PyPI microdata takes the visible text and knows no itemref"
source_packages=microdata,jstyleson python_with extruct==0.18.0 microdata==0.8.0 setuptools==80.9.0
node_with microdata-node@2.0.0
cat >"$room/posting.html" <<'END'
<!DOCTYPE html><title>Posting</title>
<div itemscope itemtype="https://schema.org/JobPosting" itemref="more">
<data itemprop="occupationalCategory" value="0110">Officers</data>
<data itemprop="identifier" value="12345678901234567890">No. 12</data>
<data itemprop="incentiveCompensation" value="">none</data>
<meter itemprop="totalJobOpenings" value="3" max="10">three</meter>
</div>
<p id="more"><span itemprop="industry">0710</span></p>
END
python_sees <<'PY'
import json
import extruct, microdata
page = open("posting.html").read()
item = extruct.extract(page, syntaxes=["microdata"])["microdata"][0]["properties"]
other = json.loads(microdata.get_items(page.encode())[0].json())["properties"]
for name in ("occupationalCategory", "identifier", "incentiveCompensation", "totalJobOpenings", "industry"):
    print(name, "extruct", json.dumps(item.get(name)), "microdata", json.dumps(other.get(name)))
PY
node_sees <<'JS'
import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
const { toJson } = createRequire(import.meta.url)('microdata-node')
const [item] = toJson(readFileSync('posting.html', 'utf8')).items
for (const [name, values] of Object.entries(item.properties)) console.log(name, 'microdata-node', JSON.stringify(values))
JS
unchanged <<'END'
occupationalCategory extruct "0110" microdata ["Officers"]
identifier extruct "12345678901234567890" microdata ["No. 12"]
incentiveCompensation extruct "" microdata ["none"]
totalJobOpenings extruct "3" microdata ["three"]
industry extruct "0710" microdata null
occupationalCategory microdata-node [110]
identifier microdata-node [12345678901234567000]
incentiveCompensation microdata-node [0]
totalJobOpenings microdata-node [3]
industry microdata-node ["0710"]
END
