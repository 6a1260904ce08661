# Shared by the scripts of this folder; sourced, never run. It finds the top of the tree, prints
# progress, and knows how a preset is configured, built and tested.
# shellcheck shell=bash

set -euo pipefail

# Sourced as "$(dirname "$(readlink -f ...)")/lib/common.sh", so symlinks and the caller's working
# directory do not matter.
top="$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)"

say() { printf '==> %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die MESSAGE [FIX]
die() {
  printf 'error: %s\n' "$1" >&2
  [[ $# -lt 2 ]] || printf '  fix: %s\n' "$2" >&2
  exit 1
}

# The header comment of a script is its help: every leading "# " line after the shebang.
print_help() {
  awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"
}

# have_tool NAME SET: fails with the set of install_deps.sh that brings the tool.
have_tool() {
  command -v "$1" >/dev/null || die "$1 is not installed" "scripts/install_deps.sh $2"
}

# llvm_tool NAME: the pinned version if it is there, since formatting differs between versions.
llvm_tool() {
  local candidate
  for candidate in "$1-19" "$1"; do
    if command -v "$candidate" >/dev/null; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  die "$1 is not installed" "scripts/install_deps.sh check"
}

# One job per core, but no more than memory carries: a file with gRPC headers takes up to 700 MB.
build_jobs() {
  local cores memory_mb jobs
  cores="$(nproc)"
  memory_mb="$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)"
  jobs=$((memory_mb / 700))
  ((jobs <= cores)) || jobs=$cores
  ((jobs >= 1)) || jobs=1
  printf '%s\n' "${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}"
}

# ThreadSanitizer of g++ 12 cannot live with the address randomisation of newer kernels.
for_preset() {
  local preset="$1"
  shift
  if [[ $preset == tsan ]] && setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "$@"
  else
    "$@"
  fi
}

# configure PRESET [CMAKE-ARGS...]: cheap when nothing changed, so it runs before every build.
configure() {
  local preset="$1" log="$top/build/$1/configure.log"
  shift
  mkdir -p "$top/build/$preset"
  say "configure $preset"
  if ! (cd "$top" && cmake --preset "$preset" "$@") >"$log" 2>&1; then
    cat "$log" >&2
    die "configuring preset $preset failed" \
      "read the first CMake Error above; if a package is missing: scripts/install_deps.sh core test"
  fi
}

# build PRESET [TARGET...]
build() {
  local preset="$1" target_args=()
  shift
  (($# == 0)) || target_args=(--target "$@")
  configure "$preset"
  say "build $preset (${target_args[*]:-all}, $(build_jobs) jobs)"
  (cd "$top" && for_preset "$preset" \
    cmake --build --preset "$preset" --parallel "$(build_jobs)" "${target_args[@]}") >&2 ||
    die "building preset $preset failed" "the first 'error:' above names file and line"
}

# build_folder PRESET [TARGET...]: builds them and prints where they are. Where SOARM_BUILD_DIR names
# a folder that was built before, that is it and nothing is built.
build_folder() {
  if [[ -z ${SOARM_BUILD_DIR:-} ]]; then
    build "$@"
    printf '%s\n' "$top/build/$1"
  elif [[ -x $SOARM_BUILD_DIR/bin/soarmd ]]; then
    realpath "$SOARM_BUILD_DIR"
  else
    die "SOARM_BUILD_DIR holds no bin/soarmd" "name a build folder, e.g. build/release, or unset it"
  fi
}
