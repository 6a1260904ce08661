#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace soarm {

// Sets up the process's log: one line per event on stderr, without colours or times when the
// journal adds its own. `level` is one of trace, debug, info, warn, error; false for any other.
// Threads  main, once, before any other call here.
bool StartLog(std::string_view level);

// A logger that prefixes its lines with `component`, e.g. "bus/arm". Slow side only.
std::shared_ptr<spdlog::logger> ComponentLog(const std::string& component);

}  // namespace soarm
