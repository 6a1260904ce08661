# Python environments with other people's packages, under build/peers; sourced after lib/common.sh.
# shellcheck shell=bash

peers="${top:?}/build/peers"

# find_python VERSION...: the first of these that is on PATH, or that pyenv has.
find_python() {
  local version candidate
  for version in "$@"; do
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version".*/bin/python \
      "$(command -v "python$version" || true)"; do
      if [[ -x $candidate ]] && "$candidate" -c 'import venv, ensurepip' 2>/dev/null; then
        printf '%s\n' "$candidate"
        return
      fi
    done
  done
  return 1
}

# peer_venv NAME VERSION...: build/peers/NAME holds tests/peers/requirements-NAME.txt. Made once;
# again when the file changes.
peer_venv() {
  local name="$1" requirements="$top/tests/peers/requirements-$1.txt" python
  shift
  if cmp -s "$requirements" "$peers/$name/installed.txt"; then
    return
  fi
  python="$(find_python "$@")" || die "no Python $* with venv was found" \
    "install python3-venv, or that version with pyenv"
  say "installing peers ($name, $("$python" --version))"
  mkdir -p "$peers"
  "$python" -m venv "$peers/$name"
  "$peers/$name/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" ||
    die "the packages of $requirements could not be installed" \
      "read pip's message above; the package index must be reachable once"
  cp "$requirements" "$peers/$name/installed.txt"
}
