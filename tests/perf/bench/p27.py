"""Soak: what an hour of clients that come and go, unplugged buses and moves leaves behind.

`soarmd --sim` with ten steady watchers at 100 Hz. Every second two more come and go, every 20 s
somebody turns torque on, drives and leaves, every 30 s the adapter is unplugged and plugged in again.
Resident memory, file descriptors and threads are sampled in between; after a minute of warming up
(the simulator's byte log fills) they should not grow.
"""

import contextlib
import pathlib
import statistics
import time

from .processes import (Broken, following, rss_kb, running, simulating_daemon, wait_open)
from .rounds import result

WARM_UP_S = 60
DRIVE_EVERY_S, UNPLUG_EVERY_S = 20, 30
UNPLUGGED_S, SETTLE_S = 1.0, 0.3
WATCHERS = 10
GROWTH_MB_PER_H = 1.0


def sample(pid):
    process = pathlib.Path(f"/proc/{pid}")
    return {"at": time.monotonic(), "rss_mb": rss_kb(pid) / 1024,
            "fds": len(list((process / "fd").iterdir())),
            "threads": len(list((process / "task").iterdir()))}


class Life:
    """What goes on around the daemon, a second at a time."""

    def __init__(self, tools, program):
        self.tools, self.program = tools, program
        self.came_and_went = self.drives = self.unplugs = self.failed = 0
        self.recovered_s = []

    def second(self, number):
        if number % UNPLUG_EVERY_S == UNPLUG_EVERY_S - 1:
            self.unplug()
        if number % DRIVE_EVERY_S == DRIVE_EVERY_S // 2:
            self.drive()
        self.watch()

    def watch(self):
        try:
            self.tools.json([self.tools.client, "watch", self.program.address, "--clients", 2,
                             "--rate", 50, "--seconds", 0.5])
            self.came_and_went += 2
        except Broken:
            self.failed += 1

    def drive(self):
        try:
            with following(self.tools, self.program, 2) as report:
                report()
            self.drives += 1
        except Broken:
            self.failed += 1

    def unplug(self):
        self.tools.sim_call(self.program.address, "Unplug")
        time.sleep(UNPLUGGED_S)
        self.tools.sim_call(self.program.address, "Replug")
        began = time.monotonic()
        wait_open(self.tools, self.program, 6)
        self.recovered_s.append(time.monotonic() - began)
        self.unplugs += 1


def growth(samples, key):
    """From the first fifth to the last one, by their medians: single samples jump about."""
    fifth = max(1, len(samples) // 5)
    ends = samples[:fifth], samples[-fifth:]
    middle = lambda end, what: statistics.median(one[what] for one in end)
    return {"by": middle(ends[1], key) - middle(ends[0], key), "first": middle(ends[0], key),
            "last": middle(ends[1], key),
            "hours": (middle(ends[1], "at") - middle(ends[0], "at")) / 3600}


def soak(tools, seconds):
    samples = []
    with simulating_daemon(tools) as program, contextlib.ExitStack() as stack:
        wait_open(tools, program, 6)
        steady = stack.enter_context(running(
            [tools.client, "watch", program.address, "--clients", WATCHERS, "--rate", 100,
             "--seconds", seconds]))
        life = Life(tools, program)
        began = time.monotonic()
        number = 0
        while time.monotonic() - began < seconds - 2:
            life.second(number)
            time.sleep(SETTLE_S)
            if time.monotonic() - began > WARM_UP_S:
                samples.append(sample(program.pid))
            number += 1
        seen = steady()
        if program.process.poll() is not None:
            raise Broken(f"the daemon ended: {program.text()[-500:]}")
    if len(samples) < 10:
        raise Broken(f"only {len(samples)} samples in {seconds} s")
    return {"life": life, "frames": seen["frames"],
            **{key: growth(samples, key) for key in ("rss_mb", "fds", "threads")}}


def run(tools, rounds):
    rounds.count = 1
    minutes = rounds.minutes or (60 if rounds.long else 2 if rounds.quick else 10)
    done = rounds.run({"subject": lambda: soak(tools, minutes * 60)})
    seen = done[0]["subject"]
    life = seen["life"]
    detail = {"minutes": minutes, "clients": life.came_and_went, "drives": life.drives,
              "unplugs": life.unplugs, "recovered_s_max": max(life.recovered_s, default=None),
              "frames": seen["frames"]}
    for key, name, unit in [("rss_mb", "resident memory", "MB grown"),
                            ("fds", "file descriptors", "grown"), ("threads", "threads", "grown")]:
        hours = seen[key]["hours"]
        # A page more or less is no leak: a run of less than an hour may grow by an hour's share.
        limit = GROWTH_MB_PER_H * max(1.0, hours) if key == "rss_mb" else 0
        yield result(f"soak: {name}", unit, done, subject=lambda each: each["subject"][key]["by"],
                     limit=limit, aim=0, counted=True,
                     detail={"first": seen[key]["first"], "last": seen[key]["last"],
                             "slope_per_h": seen[key]["by"] / hours})
    yield result("soak: clients that failed", "clients", done,
                 subject=lambda each: each["subject"]["life"].failed, limit=0, aim=0, counted=True,
                 detail=detail)
