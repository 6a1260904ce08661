#!/usr/bin/env bash
# Measures the daemon against a floor and against what people use today; docs/benchmarks.md
# explains the metrics.
#
#   scripts/bench.sh [--quick] [--long] [--rounds N] [P1 P2 P3 P4 P6 P7 P8 P13 P23]
#
# One JSON line per result on stdout, progress on stderr. Exit code 1 when a result is `fail`.
# --quick runs 3 short rounds (`--quick P4 P7`, the counted ones, takes under a minute); --long
# lets P4 run for 1e6 cycles. SOARM_PRESET=dev measures that preset instead of release: enough for
# what is counted. Wants root (or CAP_SYS_NICE and CAP_IPC_LOCK) for real-time priority.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
# shellcheck source=../tests/peers/venv.sh
source "$top/tests/peers/venv.sh"

for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
  esac
done

preset="${SOARM_PRESET:-release}"
folder="$top/build/$preset"
"$top/scripts/install_deps.sh" core test
mkdir -p "$folder"
say "configure $preset"
(cd "$top" && cmake --preset "$preset" -DSOARM_BUILD_PERF=ON) >"$folder/configure.log" 2>&1 ||
  die "configuring failed" "read $folder/configure.log"
say "build $preset (daemon, simulator, benchmarks)"
cmake --build "$folder" --parallel "$(build_jobs)" --target soarmd soarm-sim soarm_perf >&2 ||
  die "the build failed" "the first 'error:' above names file and line"
have_tool strace test
peer_venv base 3.11 3.12 3.13

cd "$top/tests/perf"
exec python3 -m bench --build "$folder" --python "$peers/base/bin/python" "$@"
