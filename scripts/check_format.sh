#!/usr/bin/env bash
# Fails where clang-format would change a tracked C++ file; --fix changes it.
#
#   scripts/check_format.sh [--fix] [FILE...]

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

mode=(--dry-run --Werror)
files=()
for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
    --fix) mode=(-i) ;;
    *) files+=("$(realpath "$argument")") ;;
  esac
done
cd "$top"
((${#files[@]})) || mapfile -t files < <(git ls-files --cached --others --exclude-standard '*.cc' '*.h')
clang_format="$(llvm_tool clang-format)"
printf '%s\0' "${files[@]}" | xargs -0 -r -n 40 -P "$(nproc)" "$clang_format" "${mode[@]}" ||
  die "some files are not formatted" "scripts/check_format.sh --fix"
