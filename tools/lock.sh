#!/bin/sh
# Pins what pyproject.toml asks for: every package, exactly, with the hashes of its files.
# What is pinned already stays as it is; `rm requirements.txt` first to move to newer releases.
set -eu
# Extras are kept: without them an older pip refuses the pin once a newer release is out.
pin() {
    target=$1; shift
    "$BIN/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras \
        --custom-compile-command "make lock" "$@" pyproject.toml --output-file "$target"
}
pin requirements.txt --extra book --extra serve
pin tests/requirements.txt --extra book --extra serve --extra lab --extra test -c requirements.txt
pin binder/requirements.txt --extra lab -c tests/requirements.txt
