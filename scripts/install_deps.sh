#!/usr/bin/env bash
# Installs the Debian packages that soarm needs, and nothing else.
#
#   scripts/install_deps.sh [--list] [SET...]
#
#   core      build and run (the default)
#   test      build and run the tests
#   check     format, lint and spelling checks
#   all       core, test and check
#   coverage  the report of scripts/coverage.sh
#   --list    print the packages of the sets instead of installing them
#
# Debian 12, Debian 13 and Raspberry Pi OS (64 bit). Where everything is there already it calls no
# package manager, so it works offline. Needs root or sudo only when something is missing.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

packages_of() {
  case "$1" in
    core)
      printf '%s\n' g++ cmake ninja-build pkgconf ccache git ca-certificates \
        libgrpc++-dev protobuf-compiler-grpc protobuf-compiler libprotobuf-dev libabsl-dev \
        libspdlog-dev libsystemd-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev \
        libssl-dev libboost-dev libqrencode-dev libavahi-client-dev libnghttp2-dev
      ;;
    test)
      printf '%s\n' libgtest-dev libgmock-dev python3 python3-venv strace procps util-linux \
        avahi-daemon dbus iproute2 tcpdump
      ;;
    coverage) printf '%s\n' gcovr ;;
    check) printf '%s\n' clang-format-19 clang-tidy-19 codespell shellcheck python3 ;;
  esac
}

check_system() {
  local id="" version="" name="an unknown system" arch
  if [[ -r /etc/os-release ]]; then
    id="$(. /etc/os-release && printf '%s' "${ID:-}")"
    version="$(. /etc/os-release && printf '%s' "${VERSION_ID:-}")"
    name="$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-$id $version}")"
  fi
  local fix="use Debian 12, Debian 13 or Raspberry Pi OS (64 bit), or build in docker/Dockerfile"
  case "$id:$version" in
    debian:12 | debian:13) ;;
    raspbian:*) die "$name is a 32 bit system" "$fix" ;;
    *) die "$name is not supported" "$fix" ;;
  esac
  arch="$(dpkg --print-architecture)"
  [[ $arch == amd64 || $arch == arm64 ]] || die "architecture $arch is not supported" "$fix"
}

installed() {
  [[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

known() {
  [[ -n "$(apt-cache madison "$1" 2>/dev/null)" ]]
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif ! command -v sudo >/dev/null; then
    die "packages are missing and this is not root" "run scripts/install_deps.sh ${sets[*]} as root"
  elif [[ -t 0 ]]; then
    sudo "$@"
  else
    sudo -n "$@"  # Nobody is there to type a password: fail at once instead of waiting.
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
}

sets=()
list_only=false
for argument in "$@"; do
  case "$argument" in
    -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
    --list) list_only=true ;;
    core | test | check | coverage) sets+=("$argument") ;;
    all) sets+=(core test check) ;;
    *) die "unknown argument '$argument'" "sets are core, test, check, coverage, all" ;;
  esac
done
((${#sets[@]})) || sets=(core)

check_system
mapfile -t wanted < <(for set in "${sets[@]}"; do packages_of "$set"; done | sort -u)

if $list_only; then
  printf '%s\n' "${wanted[@]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  installed "$package" || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  say "packages (${sets[*]}): nothing to do"
  exit 0
fi

# The package lists may be empty (containers) or too old to know a package.
for package in "${missing[@]}"; do
  if ! known "$package"; then
    say "updating the package lists"
    apt update || die "the package lists could not be updated" "check the network and /etc/apt"
    break
  fi
done
for i in "${!missing[@]}"; do
  unversioned="${missing[i]%-19}"
  if ! known "${missing[i]}" && known "$unversioned"; then
    missing[i]="$unversioned"
  fi
done

say "packages (${sets[*]}): adding ${missing[*]}"
install=(install --yes --no-install-recommends "${missing[@]}")
if ! apt "${install[@]}"; then
  say "trying once more with fresh package lists"
  if ! apt update || ! apt "${install[@]}"; then
    die "apt-get could not install: ${missing[*]}" "read its message above; check network and disk"
  fi
fi
say "packages (${sets[*]}): done"
