#include "clients/tools/soarm/program.h"

#include <cstdlib>
#include <string_view>
#include <utility>
#include <variant>

#include "clients/cpp/error.h"
#include "clients/tools/soarm/aftermath.h"
#include "clients/tools/soarm/clean_message.h"
#include "clients/tools/soarm/command_line.h"
#include "clients/tools/soarm/exit_code.h"
#include "clients/tools/soarm/output.h"

namespace soarm::cli {
namespace {

Problem UsageProblem(const std::string& message) {
  return {.code = absl::StatusCode::kInvalidArgument,
          .reason = "USAGE",
          .subject = "",
          .message = message,
          .fix = "See `soarm --help`, or `soarm COMMAND --help`.",
          .facts = {}};
}

// Says what state an arm is in whose motion was cut short: it may be up, and under torque.
Problem WithAftermath(Problem problem, const Session& session) {
  if (session.leased.empty()) return problem;
  const Aftermath aftermath = LookAround(session);
  problem.message = "Interrupted: " + aftermath.sentence + ".";
  if (aftermath.unheard) {
    problem.fix =
        "Its bus is not open (see `soarm status`); servos that have their supply hold on, and only "
        "cutting that lets them go.";
  } else if (aftermath.energised) {
    problem.fix = "It stays so; `soarm torque off` lets it fall.";
  }
  problem.facts.insert(aftermath.groups.begin(), aftermath.groups.end());
  return problem;
}

bool NoColour() {
  const char* value = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe): one thread
  return value != nullptr && *value != '\0';
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err,
               std::stop_token stop, client::Surroundings surroundings) {
  const auto parsed = ParseCommandLine(arguments);
  if (const Advice* advice = std::get_if<Advice>(&parsed)) {
    Output output(out, err, advice->json, NoColour());
    if (!advice->is_error) {
      output.Print(advice->json ? advice->json_text : advice->text);
      return static_cast<int>(ExitCode::kDone);
    }
    output.Fail(UsageProblem(advice->text));
    return static_cast<int>(ExitCode::kUsage);
  }

  const CommandLine& line = *std::get_if<CommandLine>(&parsed);
  Output output(out, err, line.json, NoColour());
  Session session{.server = line.server,
                  .preempt = line.preempt,
                  .output = output,
                  .stop = std::move(stop),
                  .surroundings = std::move(surroundings)};
  const absl::Status status = line.command(session);
  if (status.ok()) {
    return static_cast<int>(output.good() ? ExitCode::kDone : ExitCode::kFailed);
  }
  Problem problem = ProblemOf(status);
  const ExitCode code = ExitCodeFor(problem);
  if (code == ExitCode::kInterrupted) {
    problem = WithAftermath(std::move(problem), session);
    // Whoever pressed Ctrl-C knows that; programs that read JSON want to be told.
    if (!line.json) {
      if (problem.message == ProblemOf(client::InterruptedError()).message) problem.message.clear();
      const Problem said = Cleaned(problem);
      if (!said.message.empty())
        output.Note(said.message + (said.fix.empty() ? "" : " " + said.fix) + "\n");
      return static_cast<int>(code);
    }
  }
  output.Fail(problem);
  return static_cast<int>(code);
}

}  // namespace soarm::cli
