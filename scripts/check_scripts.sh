#!/usr/bin/env bash
# Runs shellcheck over every shell script of the tree, found by name or by shebang.
#
#   scripts/check_scripts.sh [FILE...]      only these

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  print_help "${BASH_SOURCE[0]}"
  exit 0
fi
have_tool shellcheck check
cd "$top"
if (($#)); then
  exec shellcheck --external-sources --source-path=SCRIPTDIR "$@"
fi
scripts=()
while IFS= read -r -d '' file; do
  [[ -f $file ]] || continue
  if [[ $file == *.sh ]] || head -c 64 "$file" | head -n 1 | grep -qaE '^#!.*\b(ba)?sh\b'; then
    scripts+=("$file")
  fi
done < <(git ls-files -z --cached --others --exclude-standard)
shellcheck --external-sources --source-path=SCRIPTDIR "${scripts[@]}" ||
  die "shellcheck found something" "each finding links to its explanation"
