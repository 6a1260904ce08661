// soarm-sim: the simulated bus alone, behind a pseudo-terminal.

#include <cstdio>
#include <string>
#include <variant>

#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/base/standard_files.h"
#include "common/version/version.h"
#include "server/app/signals.h"
#include "server/app/simulated_buses.h"
#include "server/config/client_book.h"
#include "server/config/flags.h"
#include "server/front/caller_table.h"
#include "server/sim_service/sim_server.h"

namespace {

using soarm::Problem;

int Fail(const absl::Status& status) {
  const Problem problem = soarm::ProblemOf(status);
  std::fputs(soarm::CleanLines("soarm-sim: " + problem.message + " " + problem.fix + "\n").c_str(),
             stderr);
  return 1;
}

auto OpenWithPriority(const soarm::sim::SimulationOptions& options) {
  return soarm::sim::BusSimulation::Open(options);
}

int Run(const soarm::SimFlags& flags) {
  soarm::sim::SimulationOptions options =
      soarm::SimulationOptionsOf(flags.robot, flags.firmware, flags.timing, flags.seed);
  options.bus.supply_v = flags.supply_v;
  options.calibrated = !flags.uncalibrated;
  options.free_run = flags.free_run;
  options.box = flags.box;
  options.link = flags.link;
  auto simulation = OpenWithPriority(options);
  if (!simulation.ok()) return Fail(simulation.status());

  // Nobody is paired with a simulator, and nobody comes from another machine.
  soarm::ClientBook clients("");
  const soarm::CallerTable remote;
  soarm::NoAudit audit;
  soarm::SimService service({{flags.robot, simulation->get()}}, {clients, remote, audit});
  const std::string control = flags.control.empty() ? "unix:" + flags.link + ".ctl" : flags.control;
  auto server = soarm::SimServer::Start(service, control);
  if (!server.ok()) return Fail(server.status());

  std::fputs(soarm::CleanLines("soarm-sim ready link=" + flags.link +
                               " control=" + (*server)->address() + "\n")
                 .c_str(),
             stderr);
  while (soarm::WaitForEndSignal(std::chrono::hours(1)) == 0) {
  }
  soarm::LimitShutdown(std::chrono::seconds(5));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  soarm::OpenStandardFiles();
  const auto parsed = soarm::ParseSimFlags(argc, argv, std::string(soarm::Version()));
  if (const auto* ended = std::get_if<soarm::FlagExit>(&parsed)) {
    std::fputs(ended->out.c_str(), stdout);
    std::fputs(ended->err.c_str(), stderr);
    return ended->code;
  }
  soarm::BlockEndSignals();
  return Run(std::get<soarm::SimFlags>(parsed));
}
