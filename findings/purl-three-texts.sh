#!/usr/bin/env bash
# Package URLs: three libraries write three canonical texts of one purl.
# Standard: purl specification (ECMA-427), "Character encoding": ':' is never encoded, '/' that separates nothing and
# '+' are; "Rules for each component": a decoded name may contain any character; type golang: lower case.
# For a node: a VEX statement or a component of an ML-BOM is found by its purl; matched by text across languages it is
# silently not found, which reads as "not affected". Parse with one library and compare components; fold case by type.
. "$(dirname "$0")/_room.sh"
guess "a canonical text is canonical: the same in Go, JavaScript and Python"
found "a model's repository_url alone has three forms; '+', golang and an encoded '/' in a name differ as well"
python_with packageurl-python==0.17.6
node_with packageurl-js@2.0.1
go_with github.com/package-url/packageurl-go@v0.1.7
cat >"$room/purls" <<'END'
pkg:huggingface/a/model@1?repository_url=https:%2F%2Fhub.a.example
pkg:golang/github.com/Azure/go@v1.0.0
pkg:generic/model@1.0%2Bcpu
pkg:generic/a%2Fb@1
END
go_sees <<'GO'
package main

import (
	"fmt"
	"os"
	"strings"

	packageurl "github.com/package-url/packageurl-go"
)

func main() {
	lines, _ := os.ReadFile("purls")
	for _, line := range strings.Fields(string(lines)) {
		purl, err := packageurl.FromString(line)
		fmt.Println("go", line, "->", purl.ToString(), err)
	}
}
GO
python_sees <<'PY'
from packageurl import PackageURL
for line in open("purls"):
    print("python", line.strip(), "->", PackageURL.from_string(line.strip()).to_string())
PY
node_sees <<'JS'
import { readFileSync } from 'node:fs'
import { PackageURL } from 'packageurl-js'
for (const line of readFileSync('purls', 'utf8').trim().split('\n')) {
  console.log('javascript', line, '->', PackageURL.fromString(line).toString())
}
JS
unchanged <<'END'
go pkg:huggingface/a/model@1?repository_url=https:%2F%2Fhub.a.example -> pkg:huggingface/a/model@1?repository_url=https:%2F%2Fhub.a.example <nil>
go pkg:golang/github.com/Azure/go@v1.0.0 -> pkg:golang/github.com/azure/go@v1.0.0 <nil>
go pkg:generic/model@1.0%2Bcpu -> pkg:generic/model@1.0%2Bcpu <nil>
go pkg:generic/a%2Fb@1 -> pkg:generic/a%2Fb@1 <nil>
python pkg:huggingface/a/model@1?repository_url=https:%2F%2Fhub.a.example -> pkg:huggingface/a/model@1?repository_url=https://hub.a.example
python pkg:golang/github.com/Azure/go@v1.0.0 -> pkg:golang/github.com/Azure/go@v1.0.0
python pkg:generic/model@1.0%2Bcpu -> pkg:generic/model@1.0%2Bcpu
python pkg:generic/a%2Fb@1 -> pkg:generic/a/b@1
javascript pkg:huggingface/a/model@1?repository_url=https:%2F%2Fhub.a.example -> pkg:huggingface/a/model@1?repository_url=https%3A%2F%2Fhub.a.example
javascript pkg:golang/github.com/Azure/go@v1.0.0 -> pkg:golang/github.com/Azure/go@v1.0.0
javascript pkg:generic/model@1.0%2Bcpu -> pkg:generic/model@1.0+cpu
javascript pkg:generic/a%2Fb@1 -> pkg:generic/a%2Fb@1
END
