#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace soarm {

// Sets up the process's log: one line per event on stderr, without colours or times when the
// journal adds its own. A thread of its own writes them: nobody who logs waits for whoever reads
// stderr (see LineWriter). `level` is one of trace, debug, info, warn, error; false for any other.
// Threads  main, once, before any other call here, with the signals blocked that it may not take.
bool StartLog(std::string_view level);

// A logger that prefixes its lines with `component`, e.g. "bus/arm". Slow side only.
std::shared_ptr<spdlog::logger> ComponentLog(const std::string& component);

// A line on stderr as it is, whatever the level, in order with those of the log.
void PrintLine(std::string_view line);

// Waits until everything is on stderr, but not longer than `patience`.
void FlushLog(std::chrono::milliseconds patience);

}  // namespace soarm
