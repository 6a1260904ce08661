#include "clients/tools/soarm/command_tree.h"

#include <CLI/CLI.hpp>

namespace soarm::cli {

CommandNode DescribeTree(const CLI::App& command, const WordsOfCommands& words,
                         const ValuesOfOptions& values) {
  CommandNode node{.name = command.get_name(),
                   .help = command.get_description(),
                   .options = {},
                   .words = {},
                   .values = {},
                   .children = {}};
  for (const CLI::Option* option : command.get_options()) {
    if (!option->nonpositional()) continue;
    for (const std::string& name : option->get_lnames()) {
      node.options.push_back("--" + name);
      if (option->get_items_expected_max() == 0) continue;
      const auto found = values.find(option);
      node.values["--" + name] = found == values.end() ? std::vector<std::string>() : found->second;
    }
  }
  if (const auto found = words.find(&command); found != words.end()) node.words = found->second;
  for (const CLI::App* child : command.get_subcommands({})) {
    node.children.push_back(DescribeTree(*child, words, values));
  }
  return node;
}

}  // namespace soarm::cli
