#!/usr/bin/env bash
# Fails on a common misspelling in a tracked text file.
#
#   scripts/check_spelling.sh [--fix]

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

fix=()
case "${1:-}" in
  -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
  --fix) fix=(--write-changes) ;;
esac
have_tool codespell check
cd "$top"
# Words that are right here though codespell doubts them.
git ls-files -z --cached --others --exclude-standard -- ':!LICENSE' |
  xargs -0 -r codespell "${fix[@]}" --ignore-words-list 'pre-empt,te' ||
  die "misspelt words" "scripts/check_spelling.sh --fix, or add a real word to its list"
