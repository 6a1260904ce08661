#include "clients/tools/soarm/command_line.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/completion.h"

namespace soarm::cli {
namespace {

using testing::HasSubstr;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string Script(const std::string& shell) {
  const auto parsed = ParseCommandLine({"completion", shell});
  const CommandLine* line = std::get_if<CommandLine>(&parsed);
  if (line == nullptr) return {};
  const File file(std::tmpfile());
  Output output(file.get(), file.get(), false, true);
  Session session{.output = output};
  EXPECT_TRUE(line->command(session).ok());
  std::string text(static_cast<std::size_t>(std::ftell(file.get())), '\0');
  std::rewind(file.get());
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

// Runs `program` with `text` as its input; its exit status.
int Feed(const std::string& program, const std::string& text) {
  std::FILE* pipe = ::popen(program.c_str(), "w");
  std::fwrite(text.data(), 1, text.size(), pipe);
  return ::pclose(pipe);
}

TEST(CommandLineTest, SharedFlagsMayStandBeforeOrAfterTheCommand) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--server", "pi:1", "--json", "--preempt", "torque", "on"},
        std::vector<std::string>{"torque", "--server", "pi:1", "on", "--preempt", "--json"},
        std::vector<std::string>{"--json", "torque", "on", "arm", "--preempt", "--server=pi:1"}}) {
    const auto parsed = ParseCommandLine(arguments);
    const CommandLine* line = std::get_if<CommandLine>(&parsed);
    ASSERT_NE(line, nullptr);
    EXPECT_EQ(line->server, "pi:1");
    EXPECT_TRUE(line->json);
    EXPECT_TRUE(line->preempt);
    EXPECT_TRUE(line->command);
  }
}

TEST(CommandLineTest, WhatIsNotACommandIsAnError) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"fly"},
                                                    {"torque"},
                                                    {"torque", "maybe"},
                                                    {"move"},
                                                    {"move", "a=1deg", "--speed", "2"},
                                                    {"lease"},
                                                    {"lease", "steal"},
                                                    {"completion", "csh"},
                                                    {"status", "--what"},
                                                    {"watch", "--count", "0"},
                                                    {"watch", "--count", "1.5"},
                                                    {"status", "--server", ""},
                                                    {"pose"},
                                                    {"pose", "save"}}) {
    const auto parsed = ParseCommandLine(arguments);
    const Advice* advice = std::get_if<Advice>(&parsed);
    ASSERT_NE(advice, nullptr) << testing::PrintToString(arguments);
    EXPECT_TRUE(advice->is_error);
  }
}

TEST(CommandLineTest, HelpOfACommandIsItsOwn) {
  const auto parsed = ParseCommandLine({"move", "--help"});
  const Advice* advice = std::get_if<Advice>(&parsed);
  ASSERT_NE(advice, nullptr);
  EXPECT_FALSE(advice->is_error);
  EXPECT_THAT(advice->text, HasSubstr("JOINT=+10deg"));
}

TEST(CompletionTest, BashAcceptsItsScriptAndCompletes) {
  const std::string script = Script("bash");
  EXPECT_EQ(Feed("bash -n", script), 0);
  const auto completes = [&](const std::string& words, const std::string& expected) {
    return Feed("bash", script + "COMP_WORDS=(" + words +
                            "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _soarm\n"
                            "[[ \" ${COMPREPLY[*]} \" == *\" " +
                            expected + " \"* ]]\n") == 0;
  };
  EXPECT_TRUE(completes("soarm st", "status"));
  EXPECT_TRUE(completes("soarm --json torque o", "off"));
  EXPECT_TRUE(completes("soarm lease ''", "release"));
  EXPECT_TRUE(completes("soarm lease take --h", "--hold"));
  EXPECT_TRUE(completes("soarm sim read-b", "read-byte-log"));
  EXPECT_FALSE(completes("soarm status ''", "watch"));
  EXPECT_TRUE(completes("soarm stop --level s", "soft-hold"));
  EXPECT_FALSE(completes("soarm stop --level ''", "--reason"));
  EXPECT_TRUE(completes("soarm lease take --class ''", "supervisor"));
  EXPECT_FALSE(completes("soarm --server ''", "status"));
  EXPECT_FALSE(completes("soarm state --server ''", "--json"));
}

bool Has(const std::string& shell) { return Feed("sh", "command -v " + shell) == 0; }

TEST(CompletionTest, ZshAcceptsItsScriptAndCompletes) {
  if (!Has("zsh")) GTEST_SKIP() << "zsh is not installed";
  const std::string script = Script("zsh");
  EXPECT_EQ(Feed("zsh -n", script), 0);
  // Outside of its editor zsh has neither compdef nor compadd.
  const auto completes = [&](const std::string& typed, const std::string& expected) {
    return Feed("zsh -f", "compdef() { :; }; compadd() { shift; offered=(\"$@\") }\n" + script +
                              "words=(" + typed + "); CURRENT=$#words; _soarm\n" +
                              "(( $offered[(Ie)" + expected + "] ))\n") == 0;
  };
  EXPECT_TRUE(completes("soarm st", "status"));
  EXPECT_TRUE(completes("soarm --server lease st", "status"));
  EXPECT_TRUE(completes("soarm --json torque o", "off"));
  EXPECT_TRUE(completes("soarm lease ''", "release"));
  EXPECT_TRUE(completes("soarm lease take --h", "--hold"));
  EXPECT_FALSE(completes("soarm lease release ''", "take"));
  EXPECT_FALSE(completes("soarm status ''", "watch"));
  EXPECT_TRUE(completes("soarm stop --level ''", "soft-hold"));
  EXPECT_FALSE(completes("soarm --server ''", "status"));
}

TEST(CompletionTest, FishAcceptsItsScriptAndCompletes) {
  if (!Has("fish")) GTEST_SKIP() << "fish is not installed";
  const std::string script = Script("fish");
  EXPECT_EQ(Feed("fish -n", script), 0);
  const auto completes = [&](const std::string& typed, const std::string& expected) {
    return Feed("fish", script + "contains -- " + expected + " (complete -C '" + typed +
                            "' | string replace -r '\\t.*' '')\n") == 0;
  };
  EXPECT_TRUE(completes("soarm st", "status"));
  EXPECT_TRUE(completes("soarm --server lease st", "status"));
  EXPECT_TRUE(completes("soarm --json torque o", "off"));
  EXPECT_TRUE(completes("soarm lease ", "release"));
  EXPECT_TRUE(completes("soarm lease take --h", "--hold"));
  EXPECT_TRUE(completes("soarm sim read-b", "read-byte-log"));
  EXPECT_FALSE(completes("soarm lease release ", "take"));
  EXPECT_FALSE(completes("soarm pose list ", "take"));
  EXPECT_TRUE(completes("soarm stop --level s", "soft-hold"));
  EXPECT_FALSE(completes("soarm status ", "watch"));
}

TEST(CompletionTest, PairedRobotsAreOfferedAsServers) {
  std::string home = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  std::filesystem::create_directories(home + "/soarm/robots/bench");
  std::filesystem::create_directories(home + "/soarm/robots/kitchen");
  ::setenv("XDG_CONFIG_HOME", home.c_str(), 1);
  EXPECT_EQ(Feed("bash", Script("bash") + "COMP_WORDS=(soarm --server ''); COMP_CWORD=2; _soarm\n"
                                          "[[ \"${COMPREPLY[*]}\" == 'bench kitchen' ]]\n"),
            0);
  if (Has("zsh")) {
    EXPECT_EQ(
        Feed("zsh -f", "compdef() { :; }; compadd() { shift; offered=(\"$@\") }\n" + Script("zsh") +
                           "words=(soarm status --server ''); CURRENT=$#words; _soarm\n"
                           "[[ \"$offered\" == 'bench kitchen' ]]\n"),
        0);
  }
  if (Has("fish")) {
    EXPECT_EQ(Feed("fish", Script("fish") +
                               "test \"$(complete -C 'soarm --server ' | string join ' ')\" = "
                               "'bench kitchen'\n"),
              0);
  }
  ::unsetenv("XDG_CONFIG_HOME");
  std::filesystem::remove_all(home);
}

TEST(CompletionTest, EveryShellKnowsEveryCommand) {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const std::string script = Script(shell);
    for (const char* name :
         {"status", "watch", "state", "info", "description", "torque", "move", "jog", "stop",
          "clear", "clear-fault", "lease", "take", "sim", "get-truth", "version", "completion"}) {
      EXPECT_THAT(script, HasSubstr(name)) << shell;
    }
  }
  EXPECT_FALSE(CompletionScript(CommandNode{}, "csh").ok());
}

}  // namespace
}  // namespace soarm::cli
