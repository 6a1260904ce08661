#include "common/log/log.h"

#include <cstdlib>

#include <spdlog/sinks/stdout_sinks.h>

namespace soarm {
namespace {

// systemd sets JOURNAL_STREAM when stderr goes to the journal, which stamps lines itself.
const char* Pattern() {
  return std::getenv("JOURNAL_STREAM") != nullptr ? "%l %n: %v" : "%Y-%m-%dT%H:%M:%S.%e %l %n: %v";
}

}  // namespace

bool StartLog(std::string_view level) {
  const std::string name(level);
  const spdlog::level::level_enum parsed = spdlog::level::from_str(name);
  if (parsed == spdlog::level::off && name != "off") return false;
  auto logger = spdlog::stderr_logger_mt("soarm");
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_pattern(Pattern());
  spdlog::set_level(parsed);
  return true;
}

std::shared_ptr<spdlog::logger> ComponentLog(const std::string& component) {
  auto logger = spdlog::default_logger()->clone(component);
  return logger;
}

}  // namespace soarm
