#include "clients/tools/soarm/completion.h"

#include "common/base/problem.h"

namespace soarm::cli {
namespace {

std::string Words(const CommandNode& node, bool with_options) {
  std::string words;
  const auto append = [&](const std::string& word) { words += (words.empty() ? "" : " ") + word; };
  for (const CommandNode& child : node.children) append(child.name);
  for (const std::string& word : node.words) append(word);
  if (with_options) {
    for (const std::string& option : node.options) append(option);
  }
  return words;
}

// A case of the shell function: `path` is what was typed so far, "soarm lease".
void AppendCases(const CommandNode& node, const std::string& path, std::string& out) {
  out += "    \"" + path + "\") words=\"" + Words(node, true) + "\" ;;\n";
  for (const CommandNode& child : node.children) AppendCases(child, path + " " + child.name, out);
}

// The names that lead deeper into the tree: only they extend the path.
void AppendPaths(const CommandNode& node, const std::string& path, std::string& out) {
  for (const CommandNode& child : node.children) {
    const std::string below = path + " " + child.name;
    out += (out.empty() ? "\"" : "|\"") + below + "\"";
    AppendPaths(child, below, out);
  }
}

std::string Bash(const CommandNode& root) {
  std::string cases;
  AppendCases(root, root.name, cases);
  std::string paths;
  AppendPaths(root, root.name, paths);
  return "# bash completion for soarm: source <(soarm completion bash)\n"
         "_soarm() {\n"
         "  local path=\"" +
         root.name +
         "\" words=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "      " +
         paths +
         ") path=\"$path ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _soarm soarm\n";
}

std::string Zsh(const CommandNode& root) {
  std::string cases;
  AppendCases(root, root.name, cases);
  std::string paths;
  AppendPaths(root, root.name, paths);
  return "#compdef soarm\n"
         "# zsh completion for soarm: source <(soarm completion zsh)\n"
         "_soarm() {\n"
         "  local path_so_far=\"" +
         root.name +
         "\" words=\"\" i\n"
         "  local -a typed=(\"${(@)_soarm_words}\")\n"
         "  for ((i = 2; i < $_soarm_current; i++)); do\n"
         "    case \"$path_so_far ${typed[i]}\" in\n"
         "      " +
         paths +
         ") path_so_far=\"$path_so_far ${typed[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path_so_far\" in\n" +
         cases +
         "  esac\n"
         "  compadd -- ${(s: :)words}\n"
         "  [[ -n $words ]] || _files\n"
         "}\n"
         // `words` and CURRENT are zsh's own; copied first, because _soarm has a local `words`.
         "_soarm_start() {\n"
         "  local -a _soarm_words=(\"${(@)words}\")\n"
         "  local _soarm_current=$CURRENT\n"
         "  _soarm\n"
         "}\n"
         "compdef _soarm_start soarm\n";
}

std::string FishQuote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void AppendFish(const CommandNode& node, const std::string& condition, std::string& out) {
  const std::string prefix = "complete -c soarm -f -n " + FishQuote(condition);
  for (const CommandNode& child : node.children) {
    out += prefix + " -a " + child.name + " -d " + FishQuote(child.help) + "\n";
  }
  for (const std::string& word : node.words) out += prefix + " -a " + word + "\n";
  for (const std::string& option : node.options) {
    if (option.starts_with("--")) out += prefix + " -l " + option.substr(2) + "\n";
  }
  for (const CommandNode& child : node.children) {
    AppendFish(child, "__fish_seen_subcommand_from " + child.name, out);
  }
}

std::string Fish(const CommandNode& root) {
  std::string out = "# fish completion for soarm: soarm completion fish | source\n";
  AppendFish(root, "__fish_use_subcommand", out);
  return out;
}

}  // namespace

absl::StatusOr<std::string> CompletionScript(const CommandNode& root, const std::string& shell) {
  if (shell == "bash") return Bash(root);
  if (shell == "zsh") return Zsh(root);
  if (shell == "fish") return Fish(root);
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "UNKNOWN_SHELL",
                   .subject = shell,
                   .message = "There is no completion for \"" + shell + "\".",
                   .fix = "Name bash, zsh or fish.",
                   .facts = {}});
}

}  // namespace soarm::cli
