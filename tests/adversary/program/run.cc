#include "tests/adversary/program/run.h"

#include <csignal>
#include <cstdio>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/adversary/play/coverage.h"
#include "tests/adversary/play/shrink.h"
#include "tests/adversary/program/make_referee.h"
#include "tests/adversary/stage/stage.h"

namespace soarm::adversary {
namespace {

constexpr int kShrinkTries = 1500;

std::string ReadAll(int descriptor) {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(descriptor, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace

PlayResult RunPlay(const Script& script) {
  PlayResult result;
  const std::unique_ptr<Referee> referee = MakeReferee();
  Coverage coverage(*referee);
  Stage stage(script.setting, coverage);
  result.understood = stage.Play(script.actions);
  result.violations = referee->violations();
  for (const auto& [transition, count] : coverage.reached()) result.reached.insert(transition);
  return result;
}

std::set<std::string> RulesBrokenBy(const Script& script) {
  int ends[2];
  if (pipe(ends) != 0) return {kCrash};
  const pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    std::signal(SIGALRM, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // nobody is left to read it
    alarm(kLongestPlay_s);
    std::freopen("/dev/null", "w", stderr);
    std::string rules;
    for (const Violation& violation : RunPlay(script).violations) rules += violation.rule + "\n";
    (void)!write(ends[1], rules.data(), rules.size());
    _exit(0);
  }
  close(ends[1]);
  const std::string text = ReadAll(ends[0]);
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  std::set<std::string> rules;
  for (const std::string& rule : SplitList(text, '\n')) rules.insert(rule);
  if (WIFSIGNALED(status)) rules.insert(WTERMSIG(status) == SIGALRM ? kHang : kCrash);
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) rules.insert(kCrash);
  return rules;
}

Script ShrinkTo(const Script& script, const std::string& rule) {
  // A hang costs a minute a try.
  const int tries = rule == kHang ? 20 : kShrinkTries;
  return Shrink(
      script, [&](const Script& one) { return RulesBrokenBy(one).contains(rule); }, tries);
}

}  // namespace soarm::adversary
