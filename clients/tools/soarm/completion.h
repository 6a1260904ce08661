#pragma once

#include <map>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

namespace soarm::cli {

// One command as shells see it: a tree that mirrors the parser's.
struct CommandNode {
  std::string name;
  std::string help;
  std::vector<std::string> options;  // "--json"
  std::vector<std::string> words;    // what may follow as an argument: "on", "off"
  // Options that take a value, and which values there are: "--level", "hold"; none: any.
  std::map<std::string, std::vector<std::string>> values;
  std::vector<CommandNode> children;
};

// A completion script for "bash", "zsh" or "fish", to be sourced by that shell.
//   kInvalidArgument UNKNOWN_SHELL
absl::StatusOr<std::string> CompletionScript(const CommandNode& root, const std::string& shell);

}  // namespace soarm::cli
