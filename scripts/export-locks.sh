#!/bin/sh
# Writes the three requirements files that `make` installs from; uv.lock is their only source.
# For developers who change dependencies (`make lock`); nobody else needs uv.
set -eu
cd "$(dirname "$0")/.."

export_lock() { # FILE WHAT UV-ARGUMENTS...
    file=$1 what=$2
    shift 2
    {
        echo "# $what"
        echo "# Written by \`make lock\` from uv.lock; do not edit."
        uv export --quiet --locked --no-emit-project --no-annotate --no-header "$@"
    } >"$file.new"
    mv "$file.new" "$file"
}

uv lock --quiet
export_lock requirements.lock "What a node and the demo run on." --no-default-groups
export_lock requirements-build.lock "What installs Faifo itself from this tree." --only-group build
export_lock requirements-dev.lock "The above, the tests and the linters." --all-extras --all-groups
