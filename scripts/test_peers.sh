#!/usr/bin/env bash
# Runs other people's drivers against our simulated servos.
#
#   scripts/test_peers.sh [--lerobot] [UNITTEST-ARGS...]     e.g. -k Lekiwi, -v
#
# Always: Feetech's SDK and rustypot (Python 3.11 or later, half a minute).
# --lerobot adds LeRobot 0.4.4 (needs Python 3.11) and 0.6 (needs Python 3.12), found on PATH or in
# pyenv. The first time it installs 6 to 8 GB for each (5 to 15 minutes); then each takes about
# 4 minutes, of which SOARM_TELEOP_SECONDS (default 60) is leader and follower at 60 Hz.
# Packages come from the package index into build/peers and stay there. SOARM_PRESET=release (or
# asan) tests that preset's soarm-sim instead of dev's, SOARM_BUILD_DIR=FOLDER that of a build folder
# without building anything.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"
# shellcheck source=../tests/peers/venv.sh
source "$top/tests/peers/venv.sh"

lerobot=false
arguments=()
for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
    --lerobot) lerobot=true ;;
    *) arguments+=("$argument") ;;
  esac
done

preset="${SOARM_PRESET:-dev}"
"$top/scripts/install_deps.sh" core test
folder="$(build_folder "$preset" soarm-sim)"
peer_venv base 3.11 3.12 3.13
export SOARM_SIM="$folder/bin/soarm-sim" SOARM_DESCRIPTORS="$peers/sim.descriptors"
protoc --proto_path="$top/proto" --include_imports --descriptor_set_out="$SOARM_DESCRIPTORS" \
  soarm/sim/v1/sim.proto

# run VENV TEST...
run() {
  local venv="$1" started="$SECONDS"
  shift
  say "$* ($venv)"
  (cd "$top/tests/peers" &&
    HF_HUB_OFFLINE=1 "$peers/$venv/bin/python" -m unittest "$@" "${arguments[@]}") ||
    die "$* failed" "repeat one with: scripts/test_peers.sh -v -k NAME"
  say "$* took $((SECONDS - started)) s"
}

run base test_feetech_sdk test_rustypot
if $lerobot; then
  peer_venv lerobot-0.4.4 3.11
  peer_venv lerobot-0.6 3.12 3.13
  run lerobot-0.4.4 test_lerobot
  run lerobot-0.6 test_lerobot
fi
