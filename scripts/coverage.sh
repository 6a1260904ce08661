#!/usr/bin/env bash
# Runs the tests with coverage counters and prints the lines covered per file.
#
#   scripts/coverage.sh [CTEST-ARGS...]       the report is build/coverage/coverage.txt

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  print_help "${BASH_SOURCE[0]}"
  exit 0
fi
"$top/scripts/install_deps.sh" core test coverage
# Counters of an earlier run would be added to.
[[ ! -d $top/build/coverage ]] || find "$top/build/coverage" -name '*.gcda' -delete
SOARM_PRESET=coverage "$top/scripts/test.sh" "$@"
cd "$top"
gcovr --root . --object-directory build/coverage --sort-percentage \
  --exclude-directories '.*/CMakeFiles/[0-9.]+' --filter '(common|server|clients)/' \
  --filter 'build/coverage/arrows/[^/]+/(common|server)/' --output build/coverage/coverage.txt build/coverage
cat build/coverage/coverage.txt
