#!/usr/bin/env bash
# Shows that every check bites: plants one violation per check in a scratch copy of the tree and
# fails unless that check finds it, and for the reason it should.
#
#   scripts/check_gates.sh [GATE...]       only these; --list names them
#   scripts/check_gates.sh --static        only those that compile nothing
#
# A gate is a function gate_NAME that plants a violation and ends by calling `expect PATTERN
# COMMAND...`: the command must fail and print the pattern. The last one leaves both to
# scripts/check_holes.py, for a few holes that the commit chooses. Before the first violation the checks
# run on the clean copy, so that a gate cannot pass because its check fails always. To add a gate,
# add the function; its first comment line is what --list prints.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

scratch=""
output=""

# expect PATTERN COMMAND...
expect() {
  local pattern="$1"
  shift
  if (cd "$scratch" && "$@") >"$output" 2>&1; then
    printf '  not caught by: %s\n' "$*"
    return 1
  fi
  grep -qE "$pattern" "$output" || {
    printf '  %s failed, but not with /%s/:\n' "$*" "$pattern"
    tail -n 15 "$output" | sed 's/^/    /'
    return 1
  }
}

# plant FILE: appends standard input to a file of the scratch copy.
plant() {
  mkdir -p "$(dirname "$scratch/$1")"
  cat >>"$scratch/$1"
}

# plant_test FILE: a test case of the planted target, which only this script ever builds.
plant_test() {
  plant "tests/unit/planted/$1"
  plant tests/unit/planted/CMakeLists.txt <<<"soarm_test(planted LABEL unit SOURCES $1 DEPS sync)"
  plant tests/unit/CMakeLists.txt <<<"add_subdirectory(planted)"
}

# build_and_test PRESET: the core configuration of the preset, the planted target alone.
build_and_test() {
  cmake --preset "$1" -DSOARM_RPC=OFF >/dev/null &&
    for_preset "$1" cmake --build --preset "$1" --target planted &&
    for_preset "$1" ctest --preset "$1" --no-tests=error -R '^Planted'
}

# build_core TARGET
build_core() {
  cmake --preset dev -DSOARM_RPC=OFF >/dev/null && cmake --build --preset dev --target "$1"
}

# build_proto TARGET: of the wire contract, with the rest of the configuration that serves it.
build_proto() {
  cmake --preset dev -DSOARM_RPC=ON >/dev/null && cmake --build --preset dev --target "$1"
}

# run_core_test TARGET
run_core_test() {
  build_core "$1" && "build/dev/tests/$1"
}

# What must fail when nothing is checked any more.
safety_tests=(
  MotionTest.AFirstTargetFarAwayIsApproachedWithinTheLimits
  MotionTest.CommandsThatAreNoNumbersMoveNothing
  ProtectionTest.ATargetOutsideTheRangeEndsAtItsMargin
  ProtectionTest.OurOwnCurrentTripComesBeforeTheServos
  ExpiryTest.ACommandPastItsEndDoesNotAct
  ExpiryTest.ABurstAfterAFreezeOfTheClientMovesNothing
  ExpiryTest.AFrozenDaemonCatchesNothingUp
  ExpiryTest.ASilentLinkBringsTheTargetToRest
  AuthorityTest.AFormerHolderMovesNothing
  AuthorityTest.AReleasedLeaseLeavesTheArmHolding
  AuthorityTest.ATakeoverInMotionIsWithoutAJump
  AuthorityTest.CommandsThatMakeNoSenseMoveNothing
  AdversityTest.NothingMovesTheArmThatMayNotWhateverBefallsTheProcesses
)

# run_without_gate TEST...: builds the programs with the gate disabled; succeeds as soon as one of
# the tests passes all the same.
run_without_gate() {
  local test program
  cmake --preset dev -B build/gate-off -DSOARM_GATE_OFF=ON >/dev/null &&
    cmake --build build/gate-off --parallel "$(build_jobs)" --target system_programs \
      system_adversity || return 1
  for test in "$@"; do
    program=build/gate-off/tests/system_programs
    [[ $test != Adversity* ]] || program=build/gate-off/tests/system_adversity
    ! "$program" --gtest_filter="$test" || {
      echo "$test passes without the gate"
      return 0
    }
  done
  echo "all $# tests fail without the gate"
  return 1
}

reset() {
  git -C "$scratch" reset --quiet --hard
  # Build trees are ignored by git and stay: they are what makes the next gate quick.
  git -C "$scratch" clean --quiet -d --force
}

gate_layer_header() {  # a gRPC header in the core
  sed -i '/#pragma once/a #include <grpcpp/grpcpp.h>' "$scratch/server/core/mode.h"
  expect 'server/core/mode.h:2: .*gRPC and Protobuf must stay' scripts/check_layers.py
}

gate_layer_tty() {  # termios outside serial/ and sim/
  plant common/time/clock.cc <<<'#include <termios.h>'
  expect 'common/time/clock.cc:[0-9]+: <termios.h>: the tty must stay' scripts/check_layers.py
}

gate_rooted_include() {  # an include that is not rooted at the top
  sed -i 's|#include "server/core/mode.h"|#include "mode.h"|' "$scratch/server/core/mode.cc"
  expect '"mode.h" is not rooted' scripts/check_layers.py
}

gate_arrow() {  # an include across the arrows, which only the compiler sees
  sed -i '/#include "common\/time\/clock.h"/a #include "server/core/mode.h"' "$scratch/common/time/clock.cc"
  expect 'server/core/mode.h: No such file' build_core soarm_time
}

gate_new_arrow() {  # a module that lists a dependency against the arrows
  sed -i 's/PATH common\/time/& DEPS core/' "$scratch/common/time/CMakeLists.txt"
  expect 'common/time/CMakeLists.txt:1: no arrow from common/ to core' scripts/check_layers.py
}

gate_service_arrow() {  # a service that lists another service
  sed -i 's/DEPS edge/& lease_service/' "$scratch/server/service/pose/CMakeLists.txt"
  expect 'no arrow from server/service/pose/ to lease_service' scripts/check_layers.py
}

gate_edge_arrow() {  # the edge lists a service
  sed -i 's/DEPS core/& pose_service/' "$scratch/server/service/edge/CMakeLists.txt"
  expect 'no arrow from server/service/edge/ to pose_service' scripts/check_layers.py
}

gate_family_arrow() {  # the half of any servo bus lists a family
  sed -i 's/DEPS core serial/& feetech/' "$scratch/server/servo/bus/CMakeLists.txt"
  expect 'no arrow from server/servo/bus/ to feetech' scripts/check_layers.py
}

gate_family_include() {  # the half of any servo bus includes a family's header
  sed -i '/#include "server\/servo\/bus\/block.h"/a #include "server/servo/feetech/packet.h"' "$scratch/server/servo/bus/debts.h"
  expect 'server/servo/feetech/packet.h: No such file' build_core soarm_servo_bus
}

gate_register_name() {  # a register's name in the half of any servo bus
  plant server/servo/bus/debts.cc <<<'constexpr int kPlanted = reg::kLock.address;'
  expect 'server/servo/bus/debts.cc:[0-9]+: a register address outside' scripts/check_layers.py
}

gate_register_number() {  # a register's number above the driver
  plant server/core/mode.cc <<<'// What register 40 says.'
  expect "server/core/mode.cc:[0-9]+: a register's number above the driver" scripts/check_layers.py
}

gate_config_sees_options() {  # more of control in config than its options
  sed -i '/#include "server\/control\/options.h"/a #include "server/control/stop_board.h"' "$scratch/server/config/settings.h"
  expect 'server/config/settings.h:[0-9]+: "server/control/stop_board.h": of control, config sees options.h only' scripts/check_layers.py
}

gate_unlisted_source() {  # a source that no CMakeLists.txt names
  plant server/core/forgotten.cc <<<'int forgotten();'
  expect 'server/core/forgotten.cc:1: no CMakeLists.txt names' scripts/check_layers.py
}

gate_lost_test() {  # a test that nothing builds
  sed -i 's| *common/snapshot_test.cc||' "$scratch/tests/unit/CMakeLists.txt"
  expect 'tests/unit/common/snapshot_test.cc:1: no CMakeLists.txt names' scripts/check_layers.py
}

gate_lost_folder() {  # a folder that no CMakeLists.txt adds
  sed -i '/add_subdirectory(core)/d' "$scratch/server/CMakeLists.txt"
  expect 'server/core/CMakeLists.txt:1: no CMakeLists.txt above' scripts/check_layers.py
}

gate_file_length() {  # 401 lines without a reason
  { cat "$scratch/server/core/mode.cc" && yes '// x' | head -n 400; } >"$output"
  cp "$output" "$scratch/server/core/mode.cc"
  expect 'over 400' scripts/check_layers.py
}

gate_wall_clock() {  # the wall clock on the control path
  plant server/core/mode.cc <<<'auto Now() { return std::chrono::system_clock::now(); }'
  expect 'system_clock on the control path' scripts/check_layers.py
}

gate_peer() {  # a handler that looks at gRPC's word for the caller
  plant server/service/pose/pose_service.cc <<<'bool IsLocal(const grpc::ServerContext& c) { return c.peer() == "unix:"; }'
  expect 'pose_service.cc:[0-9]+: who calls is read in' scripts/check_layers.py
}

gate_access() {  # a method that does not say who may call it
  sed -i 's/^\(  rpc Save(.*)\) {.*/\1;/' "$scratch/proto/soarm/v1/pose.proto"
  expect 'error: soarm.v1.PoseService.Save does not say who may call it' build_proto soarm_access_check
}

gate_access_stops_build() {  # the same, where the contract is all that is built
  sed -i 's/^\(  rpc Save(.*)\) {.*/\1;/' "$scratch/proto/soarm/v1/pose.proto"
  expect 'error: soarm.v1.PoseService.Save does not say who may call it' build_proto soarm_proto
}

gate_open_end() {  # an open end in a comment
  plant server/core/mode.cc <<<"// TO""DO later"
  expect 'an open end' scripts/check_layers.py
}

gate_sleeping_test() {  # a test that sleeps
  plant tests/unit/common/wake_signal_test.cc <<<'void Wait() { usleep(1000); }'
  expect 'a sleep in a test' scripts/check_layers.py
}

gate_format() {  # a line that is not formatted
  plant server/core/mode.cc <<<'int  x( ){return 1 ;}'
  expect 'mode.cc:[0-9]+:[0-9]+: error: code should be clang-formatted' scripts/check_format.sh
}

gate_tidy() {  # a use after move
  plant server/core/mode.cc <<'CODE'
#include <string>
#include <utility>
std::string::size_type Planted(std::string a) {
  const std::string b = std::move(a);
  return a.size() + b.size();
}
CODE
  expect 'bugprone-use-after-move' scripts/check_tidy.py --core --no-cache server/core/mode.cc
}

gate_undocumented_reason() {  # an error whose reason docs/errors.md does not have
  plant server/core/robot_model.cc <<<'constexpr char kPlanted[] = "PLANTED_REASON";'
  expect 'PLANTED_REASON' scripts/check_errors.py
}

gate_promised_fact() {  # a fact that nobody sends
  plant proto/soarm/v1/error.proto <<<'// Somebody refuses; facts: planted_fact.'
  expect 'planted_fact' scripts/check_errors.py
}

gate_code_of_reason() {  # a reason with another code than docs/errors.md says
  sed -i '/INVALID_ARGUMENT.*a name that is none/s/INVALID_ARGUMENT/NOT_FOUND/' "$scratch/docs/errors.md"
  expect 'BAD_POSE_NAME with INVALID_ARGUMENT' scripts/check_errors.py
}

gate_uncaused_reason() {  # a reason that no test causes
  plant server/core/robot_model.cc <<<'constexpr char kPlanted[] = "PLANTED_REASON";'
  plant docs/errors.md <<<$'| reason | code | about |\n| `PLANTED_REASON` | NOT_FOUND | nothing |'
  expect 'PLANTED_REASON: in docs/errors.md, caused by no test' scripts/check_errors.py
}

gate_wait() {  # a handler that looks up a name
  plant server/service/state/state_service.cc <<<'void Planted(addrinfo** found) { getaddrinfo("robot", nullptr, nullptr, found); }'
  expect 'state_service.cc:[0-9]+: .getaddrinfo. can wait' scripts/check_waits.py
}

gate_wait_on_disk() {  # the poses saved on the thread of the call
  sed -i 's/    return Write(\[&poses = edge_.poses, pose = \*pose\]/    edge_.poses.Save(*pose).IgnoreError();\n&/' \
    "$scratch/server/service/pose/pose_service.cc"
  expect 'pose_service.cc:[0-9]+: .poses.Save. can wait' scripts/check_waits.py
}

gate_wait_allowed() {  # an excuse for what is not there any more
  sed -i '/waiting_call.h/s/"->WaitFor", 1/"->WaitFor", 2/' "$scratch/scripts/check_waits.py"
  expect 'ALLOWED has .->WaitFor.' scripts/check_waits.py
}

gate_spelling() {  # a misspelt word
  plant server/core/mode.cc <<<"// This rec""ieves a value."
  expect 'rec''ieves ==>' scripts/check_spelling.sh
}

gate_shellcheck() {  # an unquoted variable
  plant scripts/planted.sh <<<$'#!/bin/bash\nrm $1'
  expect 'SC2086' scripts/check_scripts.sh scripts/planted.sh
}

gate_warning() {  # a narrowing conversion, which is a warning and so an error
  plant server/core/mode.cc <<<'int Planted(double x) { return x; }'
  expect 'Werror=(float-)?conversion' build_core soarm_core
}

gate_address_sanitizer() {  # a leak
  plant_test leak_test.cc <<'CODE'
#include <gtest/gtest.h>
TEST(PlantedTest, Leaks) {
  int* volatile lost = new int(1);
  *lost = 2;
  lost = nullptr;
}
CODE
  expect 'LeakSanitizer: detected memory leaks' build_and_test asan
}

gate_undefined_sanitizer() {  # a signed overflow
  plant_test overflow_test.cc <<'CODE'
#include <climits>
#include <gtest/gtest.h>
TEST(PlantedTest, Overflows) {
  volatile int x = INT_MAX;
  x = x + 1;
}
CODE
  expect 'runtime error: signed integer overflow' build_and_test asan
}

gate_thread_sanitizer() {  # a data race
  plant_test race_test.cc <<'CODE'
#include <gtest/gtest.h>
#include <thread>
TEST(PlantedTest, Races) {
  int shared = 0;
  std::thread other([&] { ++shared; });
  ++shared;
  other.join();
}
CODE
  expect 'ThreadSanitizer: data race' build_and_test tsan
}

gate_failing_test() {  # a test that fails
  plant_test failing_test.cc <<'CODE'
#include <gtest/gtest.h>
TEST(PlantedTest, Fails) { EXPECT_EQ(1, 2); }
CODE
  expect '0% tests passed, 1 tests failed' build_and_test dev
}

gate_crash_before_main() {  # a test binary that cannot start must fail the build
  plant_test crash_test.cc <<'CODE'
#include <cstdlib>
#include <gtest/gtest.h>
const bool kStarts = (std::abort(), true);
TEST(PlantedTest, Starts) { EXPECT_TRUE(kStarts); }
CODE
  expect 'Error running test executable' build_and_test dev
}

gate_heap() {  # heap use in the tick
  sed -i 's/^  ticked_at_ = now;$/&\n  delete new volatile int(1);/' \
    "$scratch/server/control/cycle_core.cc"
  expect 'FAILED .*NoHeapTest.NoTickAllocatesInAnyMode' run_core_test unit_control_heap
}

gate_safety_tests() {  # gate and limits that pass everything: every safety test must notice
  expect "^all ${#safety_tests[@]} tests fail without the gate" \
    run_without_gate "${safety_tests[@]}"
}

gate_holes() {  # mended holes taken back in the core: the adversary must find them
  (cd "$top" && scripts/check_holes.py --sample 3) >"$output" 2>&1 && return 0
  tail -n 15 "$output" | sed 's/^/    /'
  return 1
}

main() {
  local all gates gate started failed=0
  # In the order of this file: quick ones first.
  mapfile -t all < <(grep -oE '^gate_\w+' "${BASH_SOURCE[0]}")
  if [[ ${1:-} == --list ]]; then
    grep -oE '^gate_\w+\(\) \{  # .*' "${BASH_SOURCE[0]}" | sed -E 's/^gate_(\w+)\(\) \{  # /\1\t/' |
      expand -t 26
    return 0
  elif [[ ${1:-} == -h || ${1:-} == --help ]]; then
    print_help "${BASH_SOURCE[0]}"
    return 0
  fi
  gates=("${all[@]}")
  if [[ ${1:-} == --static ]]; then
    gates=()
    for gate in "${all[@]}"; do
      declare -f "$gate" |
        grep -qE '\b(build_(core|proto|and_test)|run_(core_test|without_gate))\b|check_(tidy|holes)' ||
        gates+=("$gate")
    done
  elif (($#)); then
    gates=("${@/#/gate_}")
  fi

  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  output="$scratch/.git/output"
  # The files as they are now, committed or not, in a repository of their own.
  git init --quiet "$scratch"
  (cd "$top" && git ls-files -z --cached --others --exclude-standard |
    while IFS= read -r -d '' file; do [[ ! -f $file ]] || printf '%s\0' "$file"; done |
    tar --null -cf - -T -) | tar -xf - -C "$scratch"
  git -C "$scratch" add --all
  git -C "$scratch" -c user.name=gates -c user.email=gates@localhost commit --quiet -m scratch

  say "gates: the clean copy passes"
  local check
  for check in check_layers.py check_waits.py check_format.sh check_spelling.sh check_scripts.sh; do
    (cd "$scratch" && "scripts/$check") >"$output" 2>&1 ||
      { cat "$output"; die "$check fails without a violation" "mend the tree first: scripts/$check"; }
  done

  for gate in "${gates[@]}"; do
    [[ " ${all[*]} " == *" $gate "* ]] || die "there is no gate '${gate#gate_}'" "--list names them"
    started=$SECONDS
    if "$gate"; then
      printf 'bites     %-22s %3d s\n' "${gate#gate_}" $((SECONDS - started))
    else
      printf 'TOOTHLESS %-22s %3d s\n' "${gate#gate_}" $((SECONDS - started))
      failed=$((failed + 1))
    fi
    reset
  done
  ((failed == 0)) || die "$failed of ${#gates[@]} gates do not bite" "see the lines above each"
  say "gates: all ${#gates[@]} bite"
}

main "$@"
