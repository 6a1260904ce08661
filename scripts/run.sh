#!/usr/bin/env bash
# From a fresh clone to a running daemon with a simulated arm.
#
#   scripts/run.sh [--build-only] [ARGS...]
#
# Installs what is missing, builds the release preset, then runs `soarmd --sim ARGS` in the
# foreground; Ctrl-C ends it. ARGS are soarmd's, e.g. `scripts/run.sh lekiwi --log-level debug`.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

build_only=false
arguments=()
for argument in "$@"; do
  case "$argument" in
    --build-only) build_only=true ;;
    *) arguments+=("$argument") ;;
  esac
done
if [[ ${arguments[0]:-} == -h || ${arguments[0]:-} == --help ]]; then
  print_help "${BASH_SOURCE[0]}"
  exit 0
fi

"$top/scripts/install_deps.sh" core
build release
$build_only && exit 0

daemon="$top/build/release/bin/soarmd"
[[ -x $daemon ]] || die "the build made no $daemon" "remove build/release and run this again"
say "soarmd --sim ${arguments[*]}    (Ctrl-C ends it)"
exec "$daemon" --sim "${arguments[@]}"
