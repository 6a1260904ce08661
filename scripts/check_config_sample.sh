#!/usr/bin/env bash
# Fails where soarmd does not accept the sample configuration, as it is or with all its examples
# turned on.
#
#   scripts/check_config_sample.sh [SOARMD]      default: build/dev/bin/soarmd

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  print_help "${BASH_SOURCE[0]}"
  exit 0
fi
daemon="${1:-$top/build/dev/bin/soarmd}"
[[ -x $daemon ]] || die "there is no $daemon" "scripts/test.sh"
sample="$top/deploy/config/soarmd.toml"
everything="$(mktemp --suffix=.toml)"
trap 'rm -f "$everything"' EXIT
sed -E 's/^# (\[|[a-z0-9_]+ = )/\1/' "$sample" >"$everything"
for file in "$sample" "$everything"; do
  "$daemon" --check-config --config "$file" || die "the sample is not accepted" "mend $sample"
done
