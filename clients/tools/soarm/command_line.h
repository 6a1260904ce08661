#pragma once

#include <string>
#include <variant>
#include <vector>

#include "clients/tools/soarm/session.h"

namespace soarm::cli {

// What was typed.
struct CommandLine {
  std::string server;
  bool json = false;
  bool preempt = false;
  Command command;
};

// What to print instead of running a command: help, or what is wrong with the command line.
struct Advice {
  std::string text;
  std::string json_text;  // instead with --json; not of errors
  bool is_error = false;
  bool json = false;  // --json was among the arguments
};

// `arguments` without the program's name. The shared flags may stand before or after the command.
std::variant<CommandLine, Advice> ParseCommandLine(std::vector<std::string> arguments);

}  // namespace soarm::cli
