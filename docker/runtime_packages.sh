#!/usr/bin/env bash
# Prints the Debian packages that own the shared libraries of the given programs, one a line.
#
#   docker/runtime_packages.sh PROGRAM...
set -euo pipefail

owner() {
  # A merged /usr knows a library under either of two names.
  dpkg-query --search "$1" 2>/dev/null || dpkg-query --search "${1#/usr}" 2>/dev/null ||
    dpkg-query --search "/usr$1"
}

ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | while read -r library; do
  owner "$(readlink -f "$library")" | cut -d: -f1
done | sort -u
