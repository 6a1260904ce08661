#!/usr/bin/env bash
# Builds the adversary and lets it play against the control core, on a virtual clock.
#
#   scripts/adversary.sh [ARGS...]         e.g. scripts/adversary.sh --minutes 10 --jobs 2 --shrink
#
# ARGS go to the program; `scripts/adversary.sh --help` lists them. Without any it plays seeds 1 to
# 200 on all cores. The build is optimised and has a folder of its own, build/adversary.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

folder="$top/build/adversary"
cd "$top"
if [[ ! -f $folder/CMakeCache.txt ]]; then
  "$top/scripts/install_deps.sh" core test
  cmake --preset adversary >/dev/null || die "the adversary could not be configured"
fi
cmake --build --preset adversary --target adversary --parallel "$(build_jobs)" >&2 ||
  die "the adversary could not be built"
(($#)) || set -- --seeds 1..200 --jobs "$(nproc)" --shrink
exec "$folder/bin/adversary" "$@"
