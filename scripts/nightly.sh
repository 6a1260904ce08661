#!/usr/bin/env bash
# What takes too long for every change: long repetitions and a soak. Ends with a table of what it
# found and how long that took; exit code 1 when something failed.
#
#   scripts/nightly.sh [--minutes N] [STEP...]      default: 240 minutes, all steps; --list names them
#
# Gates, holes, peers, Debian 13 and the bench come first and take what they take; with less than 60
# minutes they are the quick ones. Of the time that is left the system tests are repeated for one
# sixth, the adversary plays for another, adversity over real processes, strangers at the socket and
# floods at the doors for three more, and the soak runs for the last, each for at least 2 minutes.
# What the steps said is in build/nightly.
# SOARM_BUILD_DIR=FOLDER uses the programs and tests of a build folder instead of building any.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

minutes=240
long=true
note=""  # What a step has to say in the table.
logs="$top/build/nightly"

step_gates() {  # every check finds a planted violation
  local static=(--static)
  ! $long || static=()
  "$top/scripts/check_gates.sh" "${static[@]}" >"$logs/gates.log" 2>&1 || {
    note="$(grep -c '^TOOTHLESS' "$logs/gates.log" || true) do not bite"
    return 1
  }
  note="$(grep -c '^bites' "$logs/gates.log") bite"
}

step_holes() {  # the adversary finds every mended hole that is taken back
  local some=(--sample 5)
  ! $long || some=()
  "$top/scripts/check_holes.py" "${some[@]}" >"$logs/holes.log" 2>&1 || {
    note="$(sed -nE 's/^error: (.*)/\1/p' "$logs/holes.log" | head -n 1)"
    return 1
  }
  note="$(grep -c '^found' "$logs/holes.log") found"
}

step_peers() {  # other people's drivers; LeRobot too where it has been installed before
  local lerobot=() ran
  if $long && [[ -f $top/build/peers/lerobot-0.6/installed.txt ]]; then lerobot=(--lerobot); fi
  "$top/scripts/test_peers.sh" "${lerobot[@]}" >"$logs/peers.log" 2>&1 || {
    note="$(grep -oE '^(FAIL|ERROR): \w+' "$logs/peers.log" | head -n 1 || true)"
    return 1
  }
  ran="$(awk '/^Ran / { sum += $2 } END { print sum + 0 }' "$logs/peers.log")"
  note="$ran tests${lerobot:+ with LeRobot}"
}

step_trixie() {  # Debian 13: built and tested in an empty root of it
  if ! $long || ((EUID != 0)) || ! command -v mmdebstrap >/dev/null; then
    note="not tried: wants root, mmdebstrap and an hour"
    return 0
  fi
  "$top/scripts/test_in_root.sh" trixie --label-exclude system >"$logs/trixie.log" 2>&1 || {
    note="$(grep -E 'error|FAILED|Failed' "$logs/trixie.log" | head -n 1 || true)"
    return 1
  }
  note="$(sed -nE 's/^==> trixie: (.*)/\1/p' "$logs/trixie.log" | tail -n 1)"
}

step_bench() {  # P4, wrong values: a million cycles
  local how=(--long)
  $long || how=(--quick)
  "$top/scripts/bench.sh" "${how[@]}" P4 >"$logs/bench.jsonl" 2>"$logs/bench.log" ||
    { bench_note "$logs/bench.jsonl"; return 1; }
  bench_note "$logs/bench.jsonl"
}

# bench_note FILE: the results that did not pass, else what was measured.
bench_note() {
  note="$(python3 - "$1" <<'PYTHON'
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
name = lambda line: line.get("case") or line.get("error", "")[:100]
bad = [line for line in lines if line["verdict"] != "pass"]
shown = bad or lines
print("; ".join(f"{name(line)} {line.get('subject', '')}".strip() for line in shown) or "no result")
PYTHON
)"
}

step_system() {  # the system tests, again and again
  local folder until rounds=0 bad=0
  folder="$(build_folder dev 2>"$logs/system.log")" || {
    note="the build failed"
    return 1
  }
  until=$((SECONDS + $1))
  : >"$logs/system.log"
  : >"$logs/system.failed"
  while ((SECONDS < until)); do
    rounds=$((rounds + 1))
    if ! ctest --test-dir "$folder" --parallel "$(nproc)" --no-tests=error --output-on-failure \
      --label-regex '^system$' >"$logs/system.round" 2>&1; then
      bad=$((bad + 1))
      cat "$logs/system.round" >>"$logs/system.log"
      # "	591 - MotionTest.AMoveArrives (Failed)", or "(Timeout)"; labels may follow.
      sed -nE 's/^[[:space:]]+[0-9]+ - ([^ ]+) \(.*/\1/p' "$logs/system.round" >>"$logs/system.failed"
    fi
  done
  note="$rounds rounds"
  ((bad == 0)) || note+=", $bad with failures: $(sort "$logs/system.failed" | uniq -c | sort -rn |
    awk '{ printf "%s%s (%d)", comma, $2, $1; comma = ", " }')"
  ((bad == 0))
}

step_adversity() {  # real processes killed, frozen and stopped at random, with fresh seeds
  local folder until seed plays=0 bad=""
  folder="$(build_folder dev 2>"$logs/adversity.log")" || {
    note="the build failed"
    return 1
  }
  until=$((SECONDS + $1))
  : >"$logs/adversity.log"
  while ((SECONDS < until)); do
    plays=$((plays + 1))
    seed=$((RANDOM * 32768 + RANDOM))
    SOARM_ADVERSITY_SEED=$seed SOARM_ADVERSITY_STEPS=150 SOARM_ADVERSITY_RESTARTS=100 \
      "$folder/tests/system_adversity" >"$logs/adversity.play" 2>&1 || {
      bad+=" $seed"
      cat "$logs/adversity.play" >>"$logs/adversity.log"
    }
  done
  note="$plays plays"
  [[ -z $bad ]] || note+="; play again with SOARM_ADVERSITY_STEPS=150 and SOARM_ADVERSITY_SEED:$bad"
  [[ -z $bad ]]
}

step_crowd() {  # strangers at the socket, with fresh seeds
  local folder
  folder="$(build_folder dev 2>"$logs/crowd.log")" || {
    note="the build failed"
    return 1
  }
  local seed=$((RANDOM * 32768 + RANDOM)) result=0
  SOARM_CROWD_SEED=$seed SOARM_CROWD_SECONDS=$1 "$folder/tests/system_crowd" \
    --gtest_output="json:$logs/crowd.json" >"$logs/crowd.log" 2>&1 || result=1
  note="$(python3 - "$logs/crowd.json" <<'PYTHON'
import json, sys
test = json.load(open(sys.argv[1]))["testsuites"][0]["testsuite"][0]
print(", ".join(f"{name} {test[name]}" for name in
      ("calls", "commands", "stops", "stop_p50_ms", "stop_max_ms", "memory_grew_kb") if name in test))
PYTHON
)"
  ((result == 0)) || note+="; again with SOARM_CROWD_SEED=$seed SOARM_CROWD_SECONDS=$1"
  return $result
}

step_floods() {  # the doors under floods
  local folder result=0
  folder="$(build_folder dev 2>"$logs/floods.log")" || {
    note="the build failed"
    return 1
  }
  SOARM_FLOOD_SECONDS=$(($1 / 12)) "$folder/tests/system_floods" \
    --gtest_output="json:$logs/floods.json" >"$logs/floods.log" 2>&1 || result=1
  note="$(python3 - "$logs/floods.json" <<'PYTHON'
import json, sys
tests = [test for suite in json.load(open(sys.argv[1]))["testsuites"] for test in suite["testsuite"]]
def worst(end):
    found = [float(v) for test in tests for k, v in test.items() if k.endswith(end)]
    return max(found) if found else float("nan")
print(f"newcomers served within {worst('_newcomer_max_ms'):.0f} ms, "
      f"{worst('_missed_percent'):.2f} % of the ticks missed, "
      f"{worst('_memory_most_kb') / 1024:.0f} MB at most")
PYTHON
)"
  return $result
}

step_plays() {  # the adversary against the control core, with fresh seeds
  "$top/scripts/adversary.sh" --minutes $(($1 / 60)) --seed "$((RANDOM * 32768 + RANDOM))" \
    --jobs "$(nproc)" --json --shrink >"$logs/plays.json" 2>"$logs/plays.log" || true
  note="$(python3 - "$logs/plays.json" <<'PYTHON'
import json, sys
told = json.load(open(sys.argv[1]))
print(f"{told['plays']} plays, {told['simulated_s'] / 3600:.0f} simulated hours, "
      f"{told['transitions_reached']} of {told['transitions_possible']} transitions, "
      f"{len(told['violations'])} violations")
sys.exit(bool(told["violations"]))
PYTHON
)"
}

step_soak() {  # P27: what clients that come and go, unplugged buses and moves leave behind
  local soak_minutes=$(($1 / 60))
  "$top/scripts/bench.sh" --minutes "$((soak_minutes > 2 ? soak_minutes : 2))" P27 \
    >"$logs/soak.jsonl" 2>"$logs/soak.log" || { bench_note "$logs/soak.jsonl"; return 1; }
  bench_note "$logs/soak.jsonl"
}

# seconds_for N: the Nth part of the time that is left, at least 2 minutes.
seconds_for() {
  local left=$(((minutes * 60 - SECONDS) / $1))
  printf '%s\n' $((left > 120 ? left : 120))
}

# sharers STEP STEPS...: how many of the steps that take what is left are still to come, with STEP.
sharers() {
  local step=$1 count=0 seen=false other
  shift
  for other in "$@"; do
    [[ $other != "$step" ]] || seen=true
    ! $seen || [[ ! $other =~ ^(system|adversity|crowd|floods|plays|soak)$ ]] || count=$((count + 1))
  done
  printf '%s\n' $((count > 0 ? count : 1))
}

main() {
  local all steps=() step started verdict table="" failed=0 budget
  mapfile -t all < <(sed -nE 's/^step_(\w+)\(\) \{.*/\1/p' "${BASH_SOURCE[0]}")
  while (($#)); do
    case "$1" in
      -h | --help) print_help "${BASH_SOURCE[0]}"; return 0 ;;
      --list)
        sed -nE 's/^step_(\w+)\(\) \{  # (.*)/\1\t\2/p' "${BASH_SOURCE[0]}" | expand -t 10
        return 0
        ;;
      --minutes)
        minutes="${2:-}"
        [[ $minutes =~ ^[1-9][0-9]*$ ]] || die "--minutes wants a number" "--minutes 240"
        shift
        ;;
      *)
        [[ " ${all[*]} " == *" $1 "* ]] || die "there is no step '$1'" "scripts/nightly.sh --list"
        steps+=("$1")
        ;;
    esac
    shift
  done
  ((${#steps[@]})) || steps=("${all[@]}")
  ((minutes >= 60)) || long=false
  mkdir -p "$logs"

  for step in "${steps[@]}"; do
    budget="$(seconds_for "$(sharers "$step" "${steps[@]}")")"
    say "nightly: $step"
    started=$SECONDS
    note=""
    verdict=ok
    "step_$step" "$budget" || verdict=FAILED
    [[ $verdict == ok ]] || failed=$((failed + 1))
    table+="$(printf '%-9s %-7s %6d s   %s' "$step" "$verdict" $((SECONDS - started)) "$note")"$'\n'
    say "nightly: $step: $verdict ${note:+($note)}"
  done
  verdict=ok
  ((failed == 0)) || verdict=FAILED
  printf '\n%s%-9s %-7s %6d s   of %d minutes; logs in %s\n' "$table" total "$verdict" "$SECONDS" \
    "$minutes" "$logs"
  ((failed == 0))
}

main "$@"
