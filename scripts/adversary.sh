#!/usr/bin/env bash
# Builds the adversary and lets it play against the control core, on a virtual clock.
#
#   scripts/adversary.sh [ARGS...]         e.g. scripts/adversary.sh --minutes 10 --jobs 2 --shrink
#   scripts/adversary.sh --test [CTEST-ARGS...]
#
# ARGS go to the program; `scripts/adversary.sh --help` lists them. Without any it plays seeds 1 to
# 200 on all cores. --test runs what the judge and the stage are tested by and every kept play, some
# seconds in all. The build is optimised and has a folder of its own, build/adversary.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

folder="$top/build/adversary"
targets=(adversary)
[[ ${1:-} != --test ]] || targets+=(adversary_judge adversary_stage)
cd "$top"
if [[ ! -f $folder/CMakeCache.txt ]]; then
  "$top/scripts/install_deps.sh" core test
  cmake --preset adversary >/dev/null || die "the adversary could not be configured"
fi
cmake --build --preset adversary --target "${targets[@]}" --parallel "$(build_jobs)" >&2 ||
  die "the adversary could not be built"
if [[ ${1:-} == --test ]]; then
  shift
  ctest --preset adversary --parallel "$(nproc)" --no-tests=error --label-regex '^adversary$' "$@" ||
    die "tests of the adversary failed" "repeat one with: scripts/adversary.sh --test -R NAME --verbose"
  exit 0
fi
(($#)) || set -- --seeds 1..200 --jobs "$(nproc)" --shrink
exec "$folder/bin/adversary" "$@"
