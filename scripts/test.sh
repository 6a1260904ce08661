#!/usr/bin/env bash
# Builds the dev preset and runs the unit, component and system tests (those presets that build the
# adversary: its judge's and its kept plays too).
#
#   scripts/test.sh [CTEST-ARGS...]        e.g. scripts/test.sh -R MotionGate --verbose
#   scripts/test.sh --of LABEL [CTEST-ARGS...]
#                                          builds and runs those of one label only
#
# Installs what is missing first. SOARM_PRESET=asan (or tsan, coverage) tests that preset instead.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  print_help "${BASH_SOURCE[0]}"
  exit 0
fi
preset="${SOARM_PRESET:-dev}"
labels='unit|component|system|adversary'
targets=()
if [[ ${1:-} == --of ]]; then
  [[ ${2:-} =~ ^($labels)$ ]] || die "there is no label '${2:-}'" "one of ${labels//|/, }"
  labels="$2"
  targets=("$2_tests")
  shift 2
fi

"$top/scripts/install_deps.sh" core test
build "$preset" "${targets[@]}"
say "test $preset"
cd "$top"
for_preset "$preset" ctest --preset "$preset" --parallel "$(nproc)" --no-tests=error \
  --label-regex "^($labels)\$" "$@" ||
  die "tests of preset $preset failed" "repeat one with: scripts/test.sh -R NAME --verbose"
