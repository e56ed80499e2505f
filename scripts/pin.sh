#!/bin/sh
# Renew the hashed pins in requirements/ (needs uv).  The files name no registry: pip asks the one it is set up for.
set -eu
cd "$(dirname "$0")/.."
pin() {
    out=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --custom-compile-command "scripts/pin.sh" --output-file "requirements/$out" "$@"
}
pin build.txt requirements/build.in "$@"
pin run.txt pyproject.toml "$@"
pin test.txt pyproject.toml --extra test "$@"
pin dev.txt pyproject.toml --extra dev --extra live "$@"
if grep -nE '://' requirements/*.txt; then
    echo "pin.sh: a pin names an address (above): remove it" >&2
    exit 1
fi
