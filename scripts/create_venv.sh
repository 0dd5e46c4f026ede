#!/bin/sh
# create_venv.sh FOLDER EXTRAS: make a virtual environment and install loadgen with these extras into it.
set -eu
folder=$1
extras=$2

fail() {
    echo "loadgen: $1" >&2
    exit 1
}

system="$(uname -s) $(uname -m)"
[ "$system" = "Linux x86_64" ] || fail "the embedded Triton exists for Linux x86-64 only, and this is $system: \
'pip install .' gives you loadgen itself, and NVIDIA's container the server (see README)."

if [ ! -x "$folder/bin/python" ]; then
    # The first of the PATH, unless one of the others is faster by a fifth (scripts/python_speed.py says why it matters).
    for candidate in ${LOADGEN_PYTHON:-python3.11 python3.12 python3 /usr/bin/python3.11 /usr/bin/python3.12}; do
        us=$("$candidate" scripts/python_speed.py 2>/dev/null) || continue
        [ -n "${python:-}" ] && [ "$us" -ge $((python_us * 4 / 5)) ] && continue
        python=$candidate
        python_us=$us
    done
    [ -n "${python:-}" ] || fail "Python 3.11 or 3.12 is needed, and neither is on the PATH (LOADGEN_PYTHON=/path/to/python names one)."
    "$python" -m venv "$folder" >/dev/null || fail "$python cannot make a virtual environment (on Debian: apt install python3-venv)."
fi

echo "Installing into $folder (some minutes the first time) ..."
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extras]" \
    || fail "the installation failed; pip's message above says why."
