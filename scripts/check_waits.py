#!/usr/bin/env python3
"""Fails where code that a call of gRPC's runs through does something that can wait.

  scripts/check_waits.py [--root DIR]

gRPC has as many callback threads as there are cores: two that wait for a disk, a name server, a
child or whoever reads stderr keep every call from being answered, `Stop` among them. In the folders
of WAITLESS nothing of WAITS may stand but what ALLOWED has a reason for. Which thread a line runs on
is not to be seen from here, so the reason says it. An entry that fits nothing any more is a finding.
"""

import re
import sys
from pathlib import Path

# Handlers, what they call, and what everybody calls. Below Robot and PoseStore there are threads of
# their own, which are named in ALLOWED.
WAITLESS = ("server/service", "server/sim_service", "server/runtime", "server/control", "server/core",
            "server/config", "server/front", "server/audit", "common")

WAITS = [
    # the disk, and what may be a pipe or a device
    r"\bf?open\s*\(", r"\b(std::)?fopen\b", r"\bf(data)?sync\s*\(", r"\bmkostemps?\s*\(", r"\brename\s*\(",
    r"(?<![\w.>])::(read|write|stat|lstat|unlink|access|readlink|mkdir)\s*\(",
    r"\bstd::(i|o)?fstream\b", r"\bstd::filesystem\b", r"\bReplaceFile\s*\(", r"\bMoveFile\s*\(",
    r"\bReadSmallFile\s*\(", r"\bRemoveDrafts\s*\(", r"\bKeepFromOthers\s*\(", r"\bInodeOf\s*\(", r"\bflock\s*\(", r"\bLoadSettings\s*\(",
    r"\b(SocketClaim|FileLock)::Take\s*\(", r"\bposes(_|\(\))?(\.|->)(Save|Delete)\s*\(",
    r"\bstore_?(\.|->)(Load|Save|Withdraw|Remains)\s*\(", r"\bkeeper_\.Step\s*\(", r"\bclients(_|\(\))?(\.|->)(Add|Save)\s*\(",
    # names
    r"\bgetaddrinfo\b", r"\bgetnameinfo\b", r"\bgethostby\w+", r"\bgetpw\w+", r"\bgetgr(?!oups)\w+",
    # children
    r"\bpopen\b", r"\b(std::)?system\s*\(", r"\bfork\s*\(", r"\bwaitpid\b", r"\bposix_spawnp?\b",
    # whoever reads stdout or stderr
    r"\bstd::(cout|cerr|clog)\b", r"\b(std::)?(v?f?printf|f?puts|fwrite|perror)\s*\(",
    r"\bFlushLog\s*\(", r"(\.|->)Flush\s*\(",
    # time and other threads
    r"\bsleep(_for|_until)?\s*\(", r"\b(nano|u)sleep\b", r"\bclock_nanosleep\b", r"(\.|->)SleepUntil\s*\(",
    r"(\.|->)wait(_for|_until)?\s*\(", r"(\.|->)Wait(For\w*|Until\w*)?\s*\(", r"(\.|->)join\s*\(\)",
    r"(\.|->)get_future\b", r"\bstd::async\b", r"(?<![\w.>])::(poll|select|epoll_wait|recv|send|accept4?|connect)\s*\(",
]
WAITS = re.compile("|".join(f"({each})" for each in WAITS))

# The ways to the disk. What they do waits, and so calls of them are looked for instead.
WAYS_TO_THE_DISK = ("common/base/atomic_file.", "common/base/file_lock.", "common/base/small_file.",
                    "common/base/secret_file.", "common/base/socket_claim.",
                    "common/base/standard_files.", "server/config/load.", "server/config/client_book.",
                    "server/config/stop_file.")

START_AND_END = "at the start or the end, where no call is answered"
# (file, what stands there, how often, why it may)
ALLOWED = [
    ("server/front/connections.cc", ".join", 1, START_AND_END),
    ("server/front/connections.cc", "::epoll_wait", 1, "`accept`"),
    ("server/front/connections.cc", "::accept4", 1, "`accept`, and does not block"),
    ("server/front/guest_socket.cc", "::recv", 3, "`accept`, and does not block"),
    ("server/front/guest_socket.cc", "::poll", 1, "`accept`, for no time"),
    ("server/front/admission.cc", "::send", 1, "`accept`, and does not block"),
    ("server/front/pairing_desk.cc", ".wait_for", 2, "a thread of its own, while an offer is open"),
    ("server/front/pairing_desk.cc", ".join", 1, "`disk`, for half a second; and at the end"),
    ("server/front/pairing_desk.cc", "clients_.Add", 1, "`pair`"),
    ("server/service/pairing/pairing_service.cc", "clients.Save", 1, "`disk`"),
    ("server/front/pairing_endpoint.cc", ".join", 1, "the thread that keeps it while an offer is open"),
    ("server/front/tls_door.cc", ".join", 1, START_AND_END),
    ("server/front/key_files.cc", "std::filesystem", 1, "takes a path apart, and asks no disk"),
    ("server/front/key_files.cc", "ReadSmallFile", 4, "`disk`, `upkeep`; at the start in main"),
    ("server/front/key_files.cc", "ReplaceFile", 2, "`disk`, `upkeep`; at the start in main"),
    ("server/front/key_files.cc", "MoveFile", 2, "`disk`, `upkeep`; at the start in main"),
    ("server/front/key_files.cc", "KeepFromOthers", 1, "`disk`, `upkeep`; at the start in main"),
    ("server/front/key_files.cc", "RemoveDrafts", 1, "at the start in main"),
    ("server/front/tls_identity.cc", "::stat", 1, "`upkeep`"),
    ("server/front/listener.cc", "SocketClaim::Take", 2,
     "at the start in main; `accept`, of a socket that somebody removed"),
    ("server/front/listener.cc", "InodeOf", 2, "as `SocketClaim::Take`"),
    ("server/front/probe.cc", "::poll", 1, "`upkeep`, for 2 s"),
    ("server/front/probe.cc", "::send", 1, "`upkeep`, and does not block"),
    ("server/front/probe.cc", "::connect", 1, "`upkeep`, and does not block"),
    ("server/front/upkeep.cc", ".join", 1, START_AND_END),
    ("server/front/upkeep.cc", ".wait_for", 1, "`upkeep`"),
    ("server/front/listener.cc", "::unlink", 1, "`accept`, as the daemon ends"),
    ("server/service/edge/open_streams.cc", ".wait_for", 1, START_AND_END),
    ("server/service/edge/waiting_call.h", "->WaitFor", 1, "notes an operation's number, and waits for nothing"),
    ("server/service/edge/disk_worker.cc", ".join", 1, START_AND_END),
    ("server/service/edge/disk_worker.cc", ".wait", 1, "`disk`"),
    ("server/service/pose/pose_service.cc", "poses.Save", 1, "`disk`"),
    ("server/service/pose/pose_service.cc", "poses.Delete", 1, "`disk`"),
    ("server/service/server.cc", ".WaitUntilGone", 1, START_AND_END),
    ("server/service/server.cc", "->Wait", 1, START_AND_END),
    ("server/sim_service/sim_server.cc", "SocketClaim::Take", 1, START_AND_END),
    ("server/sim_service/sim_server.cc", "->Wait", 1, START_AND_END),
    ("server/runtime/callback_thread.cc", ".join", 1, START_AND_END),
    ("server/runtime/callback_thread.cc", ".Wait", 1, "`pub`"),
    ("server/runtime/callback_thread.cc", ".wait", 1,
     "a call that ends, for a callback of its own that runs: those may not wait"),
    ("server/runtime/command_streams.cc", ".wait", 1,
     "a stream that ends, for a callback of its own that runs: those may not wait"),
    ("server/runtime/port_watch.cc", ".join", 1, START_AND_END),
    ("server/runtime/port_watch.cc", ".Wait", 1, "`look`"),
    ("server/runtime/stop_keeper.cc", ".join", 2, START_AND_END),
    ("server/runtime/stop_keeper.cc", ".wait_for", 1, START_AND_END),
    ("server/runtime/stop_keeper.cc", ".Wait", 1, "`keep`"),
    ("server/runtime/stop_keeper.cc", "store_->Load", 1, START_AND_END),
    ("server/runtime/stop_keeper.cc", "store_->Save", 1, "`keep`; at the start in main"),
    ("server/runtime/stop_keeper.cc", "store_->Withdraw", 1, "`keep`; at the start in main"),
    ("server/runtime/stop_keeper.cc", "store_->Remains", 1, "`keep`"),
    ("server/runtime/robot_runtime.cc", "keeper_.Step", 1, "only where `keep` is not, as in tests"),
    ("server/runtime/stop_clearing.cc", "keeper_.Step", 1,
     "only where `keep` is not, as in tests: the daemon has it before it answers calls"),
    ("server/control/cycle.cc", ".wait", 1, START_AND_END),
    ("server/control/cycle.cc", ".join", 2, START_AND_END),
    ("server/control/cycle.cc", ".SleepUntil", 1, "`ctl`"),
    ("server/control/cycle_core.cc", ".WaitForBus", 1, "`ctl`; turns of an operation, and waits for nothing"),
    ("server/config/pose_book.cc", "ReadSmallFile", 1, START_AND_END),
    ("server/config/pose_book.cc", "ReplaceFile", 1, "`disk`"),
    ("server/config/settings.cc", "std::filesystem", 1, "the text of a path, which nobody opens"),
    ("common/log/line_writer.cc", "::write", 1, "`log`"),
    ("common/log/line_writer.cc", "::poll", 1, "`log`"),
    ("common/log/line_writer.cc", ".wait", 1, "`log`"),
    ("common/log/line_writer.cc", ".wait_for", 1, START_AND_END),
    ("common/log/log.cc", "std::fputs", 1, "before there is a log"),
    ("common/log/log.cc", "FlushLog", 1, "is looked for where it is called"),
    ("common/log/log.h", "FlushLog", 1, "is looked for where it is called"),
    ("common/log/log.cc", "->Flush", 1, "is looked for where it is called"),
    ("common/time/clock.cc", "std::fopen", 2, "of the kernel's, which has no disk"),
    ("common/time/clock.cc", "clock_nanosleep", 1, "is looked for where it is called"),
]

COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def main():
    arguments = sys.argv[1:]
    if arguments in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    root = Path(__file__).resolve().parent.parent
    if len(arguments) == 2 and arguments[0] == "--root":
        root = Path(arguments[1]).resolve()
    elif arguments:
        print(f"error: unknown arguments {arguments}\n{__doc__}", file=sys.stderr)
        return 2
    left = {(name, text): times for name, text, times, _ in ALLOWED}
    findings = []
    for folder in WAITLESS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix not in (".cc", ".h") or name.startswith(WAYS_TO_THE_DISK):
                continue
            code = COMMENT_OR_STRING.sub(blank, path.read_text())
            for match in WAITS.finditer(code):
                text = re.sub(r"\s*\((\))?$", "", match.group(0).strip())
                if left.get((name, text), 0) > 0:
                    left[(name, text)] -= 1
                    continue
                line = code.count("\n", 0, match.start()) + 1
                findings.append(f"{name}:{line}: `{text}` can wait, and calls may come here: give it to a "
                                "thread of its own, or say in ALLOWED which one it is on")
    for (name, text), times in left.items():
        if times > 0:
            findings.append(f"scripts/check_waits.py: ALLOWED has `{text}` of {name} {times} times too often")
    print(*findings, sep="\n", end="\n" if findings else "")
    if findings:
        print(f"error: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
