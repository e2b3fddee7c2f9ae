#!/bin/sh
# Makes or completes the virtual environment: `make-venv.sh run|dev [FOLDER]`, called by make.
#
# Every package comes from the requirements files of this tree, pinned by hash and as a wheel;
# Faifo itself is then installed from here with the network shut off. An environment made from
# other locks, or by another tool, is made anew. Set PYTHON to choose the interpreter.
set -eu
cd "$(dirname "$0")/.."
set_name=${1:-dev}
venv=${2:-.venv}

# Settings that would send the packages elsewhere, or make the locked set contradict itself.
unset PIP_USER PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_REQUIREMENT PYTHONHOME PYTHONPATH

# An interpreter counts only when it ran: a version manager's shim may be there and fail.
works() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# Debian ships Python without these two unless python3-venv is installed.
can_make_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

find_python() { # prints the interpreter; the user's own python3 comes first
    without_venv=
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 /usr/bin/python3}; do
        works "$candidate" || continue
        if can_make_venv "$candidate"; then
            echo "$candidate"
            return
        fi
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        echo "faifo: $without_venv cannot make virtual environments; on Debian or Ubuntu: apt-get install python3-venv" >&2
    elif [ -n "${PYTHON:-}" ]; then
        echo "faifo: PYTHON=$PYTHON does not run as Python 3.11 or newer" >&2
    else
        echo "faifo: no Python 3.11 or newer runs here; on Debian or Ubuntu: apt-get install python3 python3-venv" >&2
    fi
    return 1
}

fingerprint() { # of the lock files of one set
    case $1 in
        run) cat requirements.lock requirements-build.lock | cksum ;;
        dev) cat requirements-dev.lock | cksum ;;
    esac
}

made_from_these_locks() { # every set noted in the environment is still the locked one
    [ -f "$venv/lock.run" ] && "$venv/bin/python" -m pip --version >/dev/null 2>&1 || return 1
    [ "$(cat "$venv/lock.run")" = "$(fingerprint run)" ] || return 1
    [ ! -f "$venv/lock.dev" ] || [ "$(cat "$venv/lock.dev")" = "$(fingerprint dev)" ]
}

case $set_name in
    run) files="-r requirements.lock -r requirements-build.lock" ;;
    dev) files="-r requirements-dev.lock" ;;
    *) echo "faifo: unknown set '$set_name'; known: run, dev" >&2; exit 1 ;;
esac

if ! made_from_these_locks; then
    python=$(find_python)
    echo "faifo: making $venv with $("$python" --version 2>&1) ($python)" >&2
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi

pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet "$@"
}
echo "faifo: installing the locked packages ($set_name)" >&2
# --no-deps: the locks are complete, and leave out what pyproject.toml overrides (jsonpath-rw).
# shellcheck disable=SC2086  # a list of options
pip install --progress-bar off --no-compile --no-deps --require-hashes --only-binary :all: $files
pip install --no-index --no-deps --no-build-isolation --editable .

fingerprint run >"$venv/lock.run"
[ "$set_name" = run ] || fingerprint dev >"$venv/lock.dev"
