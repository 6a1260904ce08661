// soarmd: flags and configuration in, a running daemon out.

#include <cstdio>
#include <string>
#include <variant>

#include "common/base/standard_files.h"
#include "common/log/log.h"
#include "common/version/version.h"
#include "server/app/daemon.h"
#include "server/app/signals.h"
#include "server/config/load.h"

namespace {

constexpr int kBadUsage = 2;

int Complain(const soarm::ConfigErrors& errors) {
  std::fputs(soarm::Format(errors).c_str(), stderr);
  return kBadUsage;
}

}  // namespace

int main(int argc, char** argv) {
  soarm::OpenStandardFiles();
  const auto parsed = soarm::ParseDaemonFlags(argc, argv, std::string(soarm::Version()));
  if (const auto* ended = std::get_if<soarm::FlagExit>(&parsed)) {
    std::fputs(ended->out.c_str(), stdout);
    std::fputs(ended->err.c_str(), stderr);
    return ended->code;
  }
  const auto& flags = std::get<soarm::DaemonFlags>(parsed);
  soarm::ConfigErrors errors;
  const soarm::Settings settings = soarm::LoadSettings(flags, soarm::ReadEnvironment(), errors);
  if (errors.empty() && !flags.check_config) soarm::RequireRobot(settings, errors);
  if (!errors.empty()) return Complain(errors);
  if (flags.check_config) {
    std::puts(settings.buses.empty() ? "The configuration is good. It names no bus: soarmd needs "
                                       "--port or --sim besides."
                                     : "The configuration is good.");
    return 0;
  }
  soarm::BlockEndSignals();  // before the first thread, which is the log's
  soarm::StartLog(settings.log_level);
  return soarm::RunDaemon(settings);
}
