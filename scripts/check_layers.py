#!/usr/bin/env python3
"""Fails where the tree breaks a rule that the compiler cannot see.

  scripts/check_layers.py [--root DIR]

The compiler sees an include that goes against the DEPS of its module (docs/adr/0001). This looks
at the rest: DEPS against the arrows of docs/architecture.md, third-party headers that left their
folder, includes that are not rooted at the top, sources that no CMakeLists.txt names, files that
grew too long, and things we never write.
Each finding is one line: file:line: what, and what to do instead.
"""

import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOTS = ("common/", "server/", "clients/", "tests/")
GENERATED = re.compile(r"^(soarm|grpc)/[\w/]+(\.grpc)?\.pb\.h$")
SOFT_LINES = 400
HARD_LINES = 800

# Folder of a module: the folders that its DEPS may point at. The first that fits counts, and `*`
# stands for one folder of any name. common/ is open to all of them, and a module may always use its
# own folder. tests/ may use anything.
ARROWS = {
    "common/": (),
    "server/core/": (),
    "server/safety/": ("server/core/",),
    "server/control/": ("server/safety/", "server/core/"),
    "server/runtime/": ("server/control/", "server/core/"),
    "server/serial/": (),
    "server/servo/bus/": ("server/serial/", "server/core/"),
    "server/servo/*/": ("server/servo/bus/", "server/serial/", "server/core/"),
    "server/camera/": ("server/core/",),
    "server/sim/": ("server/core/",),
    "server/audit/": ("server/core/",),
    "server/front/": ("server/core/",),
    "server/announce/": (),
    "server/service/edge/": ("server/core/", "proto/"),
    "server/service/*/": ("server/service/edge/", "server/core/", "proto/"),
    "server/service/": ("server/front/", "server/core/", "proto/"),
    "server/sim_service/": ("server/sim/", "server/front/", "server/service/edge/", "server/core/",
                            "proto/"),
    "server/config/": ("server/control/", "server/core/"),
    "server/app/": ("server/", "proto/"),
    "clients/": ("proto/",),
}

# Of a module that config fills the options of, it needs those: a DEPS cannot say so.
OPTIONS_ONLY = re.compile(r"^server/control/(?!options\.h$)")

# Third-party headers and the only folders that may include them. tests/ may include anything.
HEADER_HOMES = [
    ("gRPC and Protobuf",
     re.compile(r"^(grpc|grpcpp|google/protobuf|google/rpc)/|\.pb\.h$"),
     ("server/service/", "server/sim_service/", "server/app/", "clients/")),
    ("the tty",  # clients/tools/ reads single keys from a person's terminal
     re.compile(r"^(termios|asm/termbits|asm/termios|pty|linux/serial)\.h$"
                r"|^boost/asio/serial_port"),
     ("server/serial/", "server/sim/", "clients/tools/")),
    ("Asio and Beast",
     re.compile(r"^boost/(asio|beast)"),
     ("server/front/", "clients/cpp/")),
    ("OpenSSL",
     re.compile(r"^openssl/"),
     ("common/tls/", "server/front/", "clients/cpp/")),
    ("Avahi",
     re.compile(r"^avahi-"),
     ("server/announce/", "clients/discovery/")),
    ("GStreamer and OpenCV",
     re.compile(r"^(gst|opencv2)/"),
     ("server/camera/",)),
    ("the servo's register map",
     re.compile(r"/(registers?|register_map|register_table)\.h$"),
     ("server/servo/", "server/sim/", "server/sim_service/")),
]

# (what and what instead, pattern, paths). Comments and the insides of string literals are blanked
# before matching.
CODE_RULES = [
    ("std::cout or std::cerr in the server: log through common/log",
     re.compile(r"\bstd::(cout|cerr|clog)\b"), re.compile(r"^server/.*\.(h|cc)$")),
    ("`using namespace` in a header: name what is used",
     re.compile(r"\busing\s+namespace\b"), re.compile(r"\.h$")),
    ("system_clock on the control path: take a MonoTime from common/time/clock.h",
     re.compile(r"\bsystem_clock\b|\bCLOCK_REALTIME\b|\bgettimeofday\b"),
     re.compile(r"^server/(control|servo|safety|serial|core)/")),
    ("a register address outside of its family's folder and sim/: name the quantity instead",
     re.compile(r"\bkReg(ister)?[A-Z]\w*|\bRegister::k\w+|\breg(ister)?s?::k\w+"),
     re.compile(r"^(common|clients|server/(?!servo/(?!bus/)|sim/|sim_service/))")),
    ("who calls is read in server/service/edge/admit.cc only: take a Caller",
     re.compile(r"(\.|->)(peer|auth_context)\s*\(\)"),
     re.compile(r"^server/(?!service/edge/admit\.cc$)")),
    ("a sleep in a test: advance a clock or wait for the event",
     re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\s*\("),
     re.compile(r"^tests/(?!perf/)")),
]
# The same for the raw text, comments included.
TEXT_RULES = [
    ("an open end: finish it or leave it out",
     re.compile(r"\b(TO" r"DO|FIX" r"ME|X" r"XX)\b"), re.compile(r".")),
    ("NOLINT without the name of the check and a reason: // NOLINT(check): why",
     re.compile(r"NOLINT(NEXTLINE|BEGIN)?(?!\w)(?!\([\w.,\- ]+\):? \S)(?!END)"),
     re.compile(r"\.(h|cc)$")),
    ("a register's number above the driver: name the quantity, the driver knows the register",
     re.compile(r"\bregisters? \d"),
     re.compile(r"^server/(core|control|safety|runtime|config|app)/.*\.(h|cc)$"
                r"|^server/service/.*\.(h|cc)$")),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
COMMENT_OR_STRING = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL)


def tracked(root):
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True).stdout.decode()
    return sorted(name for name in set(out.split("\0")) if name and (root / name).is_file())


def blank(match):
    text = match.group(0)
    if text[0] == '"':
        return '""' + " " * (len(text) - 2)
    return re.sub(r"[^\n]", " ", text)


def check_includes(name, text, known):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, header = match.groups()
        ours = header.startswith(ROOTS)
        if quote == "<" and ours:
            yield number, f'<{header}> is ours: write it with quotes'
        if quote == '"' and not GENERATED.match(header):
            if not ours:
                yield number, f'"{header}" is not rooted at the top of the tree'
            elif header not in known:
                yield number, f'"{header}" does not exist'
        if name.startswith("tests/"):
            continue
        if header.startswith("tests/"):
            yield number, f'"{header}": only tests include tests'
        if name.startswith("server/config/") and OPTIONS_ONLY.match(header):
            yield number, f'"{header}": of control, config sees options.h only'
        for what, pattern, homes in HEADER_HOMES:
            if pattern.search(header) and not name.startswith(homes):
                yield number, f"<{header}>: {what} must stay in {' '.join(homes)}"


def check_lines(name, text):
    code = COMMENT_OR_STRING.sub(blank, text)
    for rules, body in ((CODE_RULES, code), (TEXT_RULES, text)):
        for what, pattern, where in rules:
            if where.search(name):
                for match in pattern.finditer(body):
                    yield body.count("\n", 0, match.start()) + 1, what
    if name.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield 1, "no #pragma once"


def check_length(text):
    lines = text.count("\n")
    if lines > HARD_LINES:
        yield 1, f"{lines} lines, at most {HARD_LINES}: split by owner of state"
    elif lines > SOFT_LINES and "Why so long:" not in text:
        yield 1, (f"{lines} lines, over {SOFT_LINES}: split, or say so in a comment that starts "
                  "with `Why so long:`")


MODULE = re.compile(r"soarm_library\(\s*(\w+)\s+PATH\s+(\S+)([^)]*)\)")
DEPS = re.compile(r"\bDEPS\b(.*?)(?=\b(?:SOURCES|LIBS|PRIVATE_LIBS|UNITY)\b|$)", re.DOTALL)


def check_arrows(root, names):
    """Every module's DEPS point along the arrows."""
    modules = {"proto": ("proto/", "proto/CMakeLists.txt", 1, [])}
    for name in names:
        if name.endswith("CMakeLists.txt"):
            text = (root / name).read_text()
            for match in MODULE.finditer(text):
                deps = DEPS.search(match.group(3))
                modules[match.group(1)] = (match.group(2) + "/", name,
                                           text.count("\n", 0, match.start()) + 1,
                                           deps.group(1).split() if deps else [])
    for module, (folder, name, number, deps) in modules.items():
        if folder.startswith(("tests/", "proto/")):
            continue
        for pattern, open_to in ARROWS.items():
            match = re.match(re.escape(pattern).replace(r"\*", r"[^/]+"), folder)
            if match:
                break
        else:
            yield name, number, f"module {module} ({folder}) has no arrows in {Path(__file__).name}"
            continue
        own = match.group(0)
        for dep in deps:
            there = modules.get(dep, ("", "", 0, []))[0]
            if not there.startswith((own, "common/") + open_to):
                yield name, number, f"no arrow from {own} to {dep} ({there or 'no such module'})"


def check_listed(root, names):
    """Every .cc is named by the CMakeLists.txt above it, every header is used by somebody."""
    lists = {name: (root / name).read_text() for name in names if name.endswith("CMakeLists.txt")}
    for name in lists:
        folder = Path(name).parent
        if folder == Path("."):
            continue
        above = [lists.get(str(parent / "CMakeLists.txt")) for parent in folder.parents]
        above = [(parent, text) for parent, text in zip(folder.parents, above) if text]
        if not any(f"add_subdirectory({folder.relative_to(parent)})" in text
                   for parent, text in above):
            yield name, 1, "no CMakeLists.txt above adds this folder"
    included = set()
    sources = [name for name in names if name.endswith((".cc", ".h")) and name.startswith(ROOTS)]
    templates = [name for name in names if name.startswith("cmake/")]  # of generated sources
    for name in sources + templates:
        for line in (root / name).read_text().splitlines():
            match = INCLUDE.match(line)
            if match:
                included.add(match.group(2))
    built = set()
    for name, text in lists.items():
        for source in re.findall(r"[^\s()\"]+\.cc\b", re.sub(r"#[^\n]*", "", text)):
            below = source.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
            from_top = below.replace("${PROJECT_SOURCE_DIR}/", "")
            folder = "." if from_top != below else str(Path(name).parent)
            built.add(os.path.normpath(f"{folder}/{from_top}"))
    for name in sources:
        if name.endswith(".h"):
            if name not in included:
                yield name, 1, "no file includes this header: use it or delete it"
        elif name not in built:
            yield name, 1, "no CMakeLists.txt names this source: nothing builds or runs it"


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

    names = tracked(root)
    known = set(names)
    findings = []
    lengths = {".cc": [], ".h": []}
    for name in names:
        suffix = Path(name).suffix
        if not name.startswith(ROOTS + ("proto/", "scripts/", "cmake/", "deploy/")):
            continue
        if suffix not in (".cc", ".h", ".proto", ".py", ".sh", ".cmake", ".txt"):
            continue
        text = (root / name).read_text()
        found = []
        if suffix in lengths:
            lengths[suffix].append((text.count("\n"), name))
            found += check_includes(name, text, known)
            found += check_lines(name, text)
        else:
            found += [(text.count("\n", 0, match.start()) + 1, TEXT_RULES[0][0])
                      for match in TEXT_RULES[0][1].finditer(text)]
        if suffix in (".cc", ".h", ".py"):
            found += check_length(text)
        findings += [(name, number, what) for number, what in found]
    findings += check_arrows(root, names)
    findings += check_listed(root, names)

    for name, number, what in sorted(findings):
        print(f"{name}:{number}: {what}")
    for suffix, counted in lengths.items():
        if counted:
            longest = max(counted)
            print(f"{len(counted)} {suffix} files, median "
                  f"{statistics.median(lines for lines, _ in counted):.0f} lines, "
                  f"longest {longest[0]} ({longest[1]})")
    if findings:
        print(f"error: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
