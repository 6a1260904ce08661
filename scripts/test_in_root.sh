#!/usr/bin/env bash
# From an empty Debian to a built and tested soarm: what a newcomer's machine would do, and how
# another release of Debian is tried without one.
#
#   scripts/test_in_root.sh [bookworm|trixie] [CTEST-ARGS...]   e.g. trixie -L unit; default: bookworm
#
# Makes a root with nothing but git in it (mmdebstrap), clones what is committed here, builds the
# release as scripts/run.sh does and says how long that took, packages included; then runs
# scripts/test.sh CTEST-ARGS. Wants to be root and 6 GB in TMPDIR; the root is removed at the end.

# shellcheck source=lib/common.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/lib/common.sh"

case "${1:-}" in
  -h | --help) print_help "${BASH_SOURCE[0]}"; exit 0 ;;
  bookworm | trixie) suite="$1"; shift ;;
  "" | -*) suite=bookworm ;;
  *) die "there is no suite '$1' here" "scripts/test_in_root.sh --help" ;;
esac
((EUID == 0)) || die "a root can only be made by root" "sudo scripts/test_in_root.sh $suite"
command -v mmdebstrap >/dev/null || die "mmdebstrap is not installed" "apt-get install mmdebstrap"

# Mounts made here are nobody else's, and end with this process.
if [[ -z ${SOARM_IN_NAMESPACE:-} ]]; then
  SOARM_IN_NAMESPACE=1 exec unshare --mount --propagation private "${BASH_SOURCE[0]}" "$suite" "$@"
fi

root="$(mktemp -d "${TMPDIR:-/tmp}/soarm-$suite.XXXXXX")"
cleanup() {
  umount --recursive "$root/proc" "$root/sys" "$root/dev" 2>/dev/null || true
  rm -rf --one-file-system "$root"
}
trap cleanup EXIT
chmod 755 "$root"

say "root $suite"
mmdebstrap --quiet --variant=minbase --include=git,ca-certificates "$suite" "$root"
# How this host reaches packages and names.
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
git clone --quiet --bare "$top" "$root/srv/soarm.git"

inside() { chroot "$root" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -ec "$1"; }

began=$SECONDS
inside "git clone --quiet /srv/soarm.git /root/soarm && /root/soarm/scripts/run.sh --build-only"
say "$suite: clone to built took $((SECONDS - began)) s"
printf -v arguments ' %q' "$@"
(($#)) || arguments=""
inside "/root/soarm/scripts/test.sh$arguments"
say "$suite: all took $((SECONDS - began)) s"
