#!/usr/bin/env bash
# Measures the daemon against a floor and against what people use today; docs/benchmarks.md
# explains the metrics.
#
#   scripts/bench.sh [--quick] [--long] [--rounds N] [--minutes N] [P1 P2 P3 P4 P6 P7 P8 P9 P13 P23 P25 P27]
#
# One JSON line per result on stdout, progress on stderr. Exit code 1 when a result is `fail`.
# --quick runs 3 short rounds (`--quick P4 P7`, the counted ones, takes under a minute); --long
# lets P4 run for 1e6 cycles and P27, the soak, for an hour; --minutes is for P27 alone. The soak runs
# only when it is named. SOARM_PRESET=dev measures that preset instead of release: enough for what is
# counted; SOARM_BUILD_DIR=FOLDER measures a build folder as it is. Wants root (or CAP_SYS_NICE and
# CAP_IPC_LOCK) for real-time priority.

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
"$top/scripts/install_deps.sh" core test
[[ -n ${SOARM_BUILD_DIR:-} ]] || configure "$preset" -DSOARM_BUILD_PERF=ON
folder="$(build_folder "$preset" soarm soarmd soarm-sim soarm_perf)"
have_tool strace test
peer_venv base 3.11 3.12 3.13

cd "$top/tests/perf"
exec python3 -m bench --build "$folder" --python "$peers/base/bin/python" "$@"
