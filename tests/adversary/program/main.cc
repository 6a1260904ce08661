// The program `adversary`; --help says what it does.

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <vector>

#include <unistd.h>

#include "common/log/log.h"
#include "tests/adversary/play/coverage.h"
#include "tests/adversary/play/trace.h"
#include "tests/adversary/program/campaign.h"
#include "tests/adversary/program/make_referee.h"
#include "tests/adversary/program/options.h"
#include "tests/adversary/stage/stage.h"

namespace soarm::adversary {
namespace {

constexpr Time kTruthEvery = 50'000'000;

// On a terminal; what goes to a file is read later, or when it was cut short.
constexpr double kProgressEvery_s = 5;
constexpr double kProgressToFileEvery_s = 300;

void PrintFinding(const Finding& finding) {
  std::string rules;
  for (const std::string& rule : finding.rules) rules += (rules.empty() ? "" : ",") + rule;
  const double rate_hz = finding.setting.rate_hz;
  std::fprintf(stderr, "failed seed=%llu robot=%s rate=%s rules=%s\n",
               static_cast<unsigned long long>(finding.seed), finding.setting.robot.c_str(),
               rate_hz > 0 ? PrintNumber(rate_hz).c_str() : "max", rules.c_str());
}

void PrintFailure(const Failure& failure) {
  std::printf("violation seed=%llu t=%s rule=%s: %s\n%s\n",
              static_cast<unsigned long long>(failure.seed),
              PrintSpan(failure.violation.at).c_str(), failure.violation.rule.c_str(),
              failure.violation.what.c_str(), failure.script.c_str());
  std::fflush(stdout);
}

double Speed(const Summary& summary) {
  return summary.real_s > 0 ? summary.simulated_s / summary.real_s : 0;
}

std::size_t CountPossible(const Summary& summary) {
  return static_cast<std::size_t>(std::ranges::count_if(
      Coverage::Possible(),
      [&](const std::string& transition) { return summary.reached.contains(transition); }));
}

void PrintProgress(const Summary& summary) {
  std::fprintf(stderr, "%llu plays, %.2f simulated hours, %.0f times real time, %zu violations\n",
               static_cast<unsigned long long>(summary.plays), summary.simulated_s / 3600,
               Speed(summary), summary.failures.size());
}

std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

void PrintTransitions(const Summary& summary) {
  for (const std::string& one : Coverage::Possible()) {
    if (!summary.reached.contains(one)) std::printf("  not reached: %s\n", one.c_str());
  }
  for (const std::string& one : summary.reached) {
    if (!Coverage::Possible().contains(one)) std::printf("  not expected: %s\n", one.c_str());
  }
}

void PrintSummary(const Summary& summary, const Options& options) {
  const std::size_t possible = Coverage::Possible().size();
  const std::size_t reached = CountPossible(summary);
  if (!options.json) {
    std::printf("%llu plays, %.3f simulated hours in %.3f hours: %.0f times real time\n",
                static_cast<unsigned long long>(summary.plays), summary.simulated_s / 3600,
                summary.real_s / 3600, Speed(summary));
    std::printf("%zu of %zu possible transitions of mode and cause\n", reached, possible);
    if (options.transitions) PrintTransitions(summary);
    std::printf("%zu violations\n", summary.failures.size());
    return;
  }
  std::printf("{\"plays\": %llu, \"simulated_s\": %.1f, \"real_s\": %.1f, ",
              static_cast<unsigned long long>(summary.plays), summary.simulated_s, summary.real_s);
  std::printf("\"transitions_reached\": %zu, \"transitions_possible\": %zu, \"violations\": [",
              reached, possible);
  for (std::size_t i = 0; i < summary.failures.size(); ++i) {
    const Failure& failure = summary.failures[i];
    std::printf("%s{\"seed\": %llu, \"t_s\": %.6f, \"rule\": %s, \"what\": %s, \"script\": %s}",
                i == 0 ? "" : ", ", static_cast<unsigned long long>(failure.seed),
                static_cast<double>(failure.violation.at) * 1e-9,
                Quoted(failure.violation.rule).c_str(), Quoted(failure.violation.what).c_str(),
                Quoted(failure.script).c_str());
  }
  std::printf("]}\n");
}

int Replay(Script script, const Options& options) {
  const std::unique_ptr<Referee> referee = MakeReferee();
  TracingAudience trace(stdout, options.trace ? kTruthEvery : 0, referee.get());
  HashingAudience hash(options.trace ? static_cast<Audience*>(&trace) : referee.get());
  Stage stage(script.setting, hash);
  if (!stage.Play(script.actions)) std::fprintf(stderr, "some actions were not understood\n");
  std::vector<Violation> violations = referee->violations();
  std::erase_if(violations, [&](const Violation& one) { return !options.Counts(one.rule); });
  for (const Violation& violation : violations) {
    std::printf("violation t=%s rule=%s: %s\n", PrintSpan(violation.at).c_str(),
                violation.rule.c_str(), violation.what.c_str());
  }
  if (options.shrink && !violations.empty()) {
    std::printf("%s", PrintScript(ShrinkTo(script, violations.front().rule)).c_str());
  }
  std::printf("record %016llx, %zu violations\n", static_cast<unsigned long long>(hash.hash()),
              violations.size());
  return violations.empty() ? 0 : 1;
}

int Main(int argc, char** argv) {
  std::string problem;
  const std::optional<Options> options = ParseOptions(argc, argv, problem);
  if (!options) {
    std::fprintf(stderr, "adversary: %s (see --help)\n", problem.c_str());
    return 2;
  }
  if (options->trace) {
    StartLog("info");
  } else {
    // The log's thread would be in the way: a campaign forks, and a child keeps the locks that
    // another thread has just then, an allocator's as well, for ever.
    spdlog::set_level(spdlog::level::off);
  }
  if (options->help) {
    std::printf("%s", kHelp);
    return 0;
  }
  if (!options->replay.empty()) {
    std::ifstream file(options->replay);
    std::stringstream text;
    text << file.rdbuf();
    const auto script = ParseScript(text.str());
    if (script.ok()) return Replay(*script, *options);
    std::fprintf(stderr, "adversary: %s: %s\n", options->replay.c_str(),
                 std::string(script.status().message()).c_str());
    return 2;
  }
  if (options->print) {
    std::printf("%s", PrintScript(MakePlay(options->first_seed, options->wish)).c_str());
    return 0;
  }
  if (options->trace) return Replay(MakePlay(options->first_seed, options->wish), *options);
  const double progress_every_s =
      isatty(STDERR_FILENO) != 0 ? kProgressEvery_s : kProgressToFileEvery_s;
  double next_progress_s = progress_every_s;
  const Listener listener{.on_finding = PrintFinding,
                          .on_failure =
                              [&](const Failure& failure) {
                                if (!options->json) PrintFailure(failure);
                              },
                          .on_progress =
                              [&](const Summary& so_far) {
                                if (so_far.real_s < next_progress_s) return;
                                next_progress_s = so_far.real_s + progress_every_s;
                                PrintProgress(so_far);
                              }};
  const Summary summary = RunCampaign(*options, listener);
  PrintSummary(summary, *options);
  return summary.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace soarm::adversary

int main(int argc, char** argv) { return soarm::adversary::Main(argc, argv); }
