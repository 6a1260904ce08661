#include "clients/tools/soarm/program.h"

#include <cstdlib>
#include <string_view>
#include <utility>
#include <variant>

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

bool NoColour() {
  const char* value = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && *value != '\0';
}

}  // namespace

int RunProgram(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err,
               std::stop_token stop) {
  const auto parsed = ParseCommandLine(arguments);
  if (const Advice* advice = std::get_if<Advice>(&parsed)) {
    Output output(out, err, advice->json, NoColour());
    if (!advice->is_error) {
      output.Print(advice->text);
      return static_cast<int>(ExitCode::kDone);
    }
    output.Fail(UsageProblem(advice->text));
    return static_cast<int>(ExitCode::kUsage);
  }

  const CommandLine& line = *std::get_if<CommandLine>(&parsed);
  Output output(out, err, line.json, NoColour());
  Session session{
      .server = line.server, .preempt = line.preempt, .output = output, .stop = std::move(stop)};
  const absl::Status status = line.command(session);
  if (status.ok()) {
    return static_cast<int>(output.good() ? ExitCode::kDone : ExitCode::kFailed);
  }
  const Problem problem = ProblemOf(status);
  const ExitCode code = ExitCodeFor(problem);
  // Whoever pressed Ctrl-C knows; programs that read JSON want to be told.
  if (code != ExitCode::kInterrupted || line.json) output.Fail(problem);
  return static_cast<int>(code);
}

}  // namespace soarm::cli
