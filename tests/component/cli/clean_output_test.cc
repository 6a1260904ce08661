// What other people wrote, on the operator's terminal and in JSON.

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "common/base/utf8.h"
#include "tests/component/cli/fake_daemon.h"
#include "tests/component/cli/run_cli.h"

namespace soarm::test {
namespace {

// ESC, BEL, CR, BS, the one-byte CSI, right-to-left override and isolate, a mark, a line separator.
constexpr char kPoison[] =
    "\x1b[31m\x1b]0;t\x07\r\x08\xc2\x9b"
    "2J\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xe2\x80\xa8!";

// The first character of `text` that must not reach a terminal, as its code; 0: there is none.
std::uint32_t FirstBad(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    if (next.size == 0) return 0xFFFFFFFF;
    const bool separator = next.code == 0x2028 || next.code == 0x2029;
    if ((next.code != '\n' && !IsShown(next.code)) || separator) return next.code;
    text.remove_prefix(next.size);
  }
  return 0;
}

bool IsJson(const std::string& text) {
  google::protobuf::Struct value;
  return IsUtf8(text) && !text.empty() &&
         google::protobuf::util::JsonStringToMessage(text, &value).ok();
}

// One object, or one a line.
bool IsJsonOrLines(const std::string& text) {
  if (IsJson(text)) return true;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = text.find('\n', start);
    if (end == std::string::npos || !IsJson(text.substr(start, end - start))) return false;
    start = end + 1;
  }
  return !text.empty();
}

std::vector<std::vector<std::string>> AllCommands() {
  return {{"status"},
          {"watch", "--count", "2"},
          {"state"},
          {"state", "arm"},
          {"info"},
          {"description"},
          {"torque", "on"},
          {"torque", "off"},
          {"torque", "on", "arm"},
          {"move", "gripper=50%"},
          {"move", "nose=3deg"},
          {"move", "rest"},
          {"move", "tail/rest"},
          {"park"},
          {"jog"},
          {"pose", "list"},
          {"pose", "save", "rest"},
          {"pose", "delete", "rest"},
          {"stop"},
          {"stop", "arm"},
          {"stop", "--level"},
          {"clear"},
          {"clear", "7"},
          {"clear-fault"},
          {"clear-fault", "gripper"},
          {"clear-fault", "arm/"},
          {"lease", "list"},
          {"lease", "take"},
          {"lease", "release", "11:12:secret"},
          {"lease", "release", "nonsense"},
          {"sim"},
          {"sim", "delay", "servo=3", "by=20ms"},
          {"sim", "read-registers", "servo=3"},
          {"sim", "explode"},
          {"sim", "unplug"},
          {"version"},
          {"completion", "bash"},
          {"--version"},
          {"--help"},
          {"stop", "--help"},
          {"fly"},
          {"sotp"},
          {},
          {"torque"},
          {"watch", "--rate", "many"},
          {"move", "gripper=\xe9%"},
          {"state", "caf\xe9"},
          {"lease", "take", "--name", "\xff\xfe"},
          {"sim", "delay", "\x1b[2J"},
          {"state", kPoison},
          {"move", std::string(kPoison) + "=3deg"}};
}

FakeDaemon::Script Poisoned(bool failing) {
  FakeDaemon::Script script;
  script.poison = kPoison;
  if (!failing) return script;
  v1::ErrorDetail error;
  error.set_reason("SOME_REASON");
  error.set_subject("arm");
  error.set_message("It is so.");
  error.set_fix("Do this.");
  (*error.mutable_facts())["holder"] = "ann";
  for (const char* method :
       {"GetInfo", "GetStatus", "GetState", "WatchState", "EnableTorque", "ReleaseTorque", "MoveTo",
        "AcquireLease", "ListLeases", "Stop", "Clear", "ClearFault", "Delay", "ReadRegisters"}) {
    script.errors[method] = {9, error};
  }
  return script;
}

class NoKeyboard {
 public:
  NoKeyboard() : saved_(::dup(STDIN_FILENO)) {
    if (std::freopen("/dev/null", "r", stdin) == nullptr) std::abort();
  }
  ~NoKeyboard() {
    ::dup2(saved_, STDIN_FILENO);
    ::close(saved_);
  }
  NoKeyboard(const NoKeyboard&) = delete;
  NoKeyboard& operator=(const NoKeyboard&) = delete;

 private:
  const int saved_;
};

TEST(CleanOutputTest, NothingThatTheDaemonSaysTurnsATerminalsHead) {
  const NoKeyboard none;
  for (const bool failing : {false, true}) {
    FakeDaemon daemon(Poisoned(failing));
    ::setenv("XDG_RUNTIME_DIR", daemon.folder().c_str(), 1);
    for (std::vector<std::string> command : AllCommands()) {
      command.insert(command.begin(), {"--server", daemon.address()});
      const Outcome outcome = RunCli(command);
      EXPECT_EQ(FirstBad(outcome.out), 0U) << testing::PrintToString(command) << outcome.out;
      EXPECT_EQ(FirstBad(outcome.err), 0U) << testing::PrintToString(command) << outcome.err;
    }
    ::unsetenv("XDG_RUNTIME_DIR");
  }
}

TEST(CleanOutputTest, NorWhatItsStopSocketSays) {
  FakeDaemon daemon;
  daemon.OpenStopSocket(std::string("ok 7") + "\x1b[31m" +
                        "\nnote it \x1b[2J\x07\nnot-reached a\xc2\x9b");
  const Outcome outcome = RunCli({"stop", "--server", daemon.address()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_EQ(FirstBad(outcome.out), 0U) << outcome.out;
  EXPECT_EQ(FirstBad(outcome.err), 0U) << outcome.err;
}

TEST(CleanOutputTest, JsonIsJsonWhateverWasTypedAndWhateverIsAnswered) {
  const NoKeyboard none;
  for (const bool poisoned : {false, true}) {
    for (const bool failing : {false, true}) {
      FakeDaemon::Script script = Poisoned(failing);
      if (!poisoned) script.poison.clear();
      FakeDaemon daemon(script);
      ::setenv("XDG_RUNTIME_DIR", daemon.folder().c_str(), 1);
      for (std::vector<std::string> command : AllCommands()) {
        const bool may_be_silent = !command.empty() && command[0] == "jog";
        command.insert(command.begin(), {"--json", "--server", daemon.address()});
        const Outcome outcome = RunCli(command);
        if (may_be_silent && outcome.out.empty()) continue;
        EXPECT_TRUE(IsJsonOrLines(outcome.out)) << testing::PrintToString(command) << outcome.out;
        EXPECT_EQ(FirstBad(outcome.out), 0U) << testing::PrintToString(command) << outcome.out;
      }
      ::unsetenv("XDG_RUNTIME_DIR");
    }
  }
}

}  // namespace
}  // namespace soarm::test
