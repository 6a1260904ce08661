#include "clients/tools/soarm/completion.h"

#include "common/base/problem.h"

namespace soarm::cli {
namespace {

std::string Joined(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

std::string Words(const CommandNode& node) {
  std::vector<std::string> words;
  for (const CommandNode& child : node.children) words.push_back(child.name);
  words.insert(words.end(), node.words.begin(), node.words.end());
  words.insert(words.end(), node.options.begin(), node.options.end());
  return Joined(words);
}

// A case of the shell function: `path` is what was typed so far, "soarm lease".
void AppendCases(const CommandNode& node, const std::string& path, std::string& out) {
  out += "    \"" + path + "\") choices=\"" + Words(node) + "\" ;;\n";
  for (const CommandNode& child : node.children) AppendCases(child, path + " " + child.name, out);
}

// The same for what stands behind an option that takes a value, "soarm stop --level".
void AppendValueCases(const CommandNode& node, const std::string& path, std::string& out) {
  for (const auto& [option, values] : node.values) {
    out += "    \"" + path + " " + option + "\") choices=\"" + Joined(values) + "\" ;;\n";
  }
  for (const CommandNode& child : node.children) {
    AppendValueCases(child, path + " " + child.name, out);
  }
}

// The names that lead deeper into the tree: only they extend the path.
void AppendPaths(const CommandNode& node, const std::string& path, const std::string& separator,
                 std::string& out) {
  for (const CommandNode& child : node.children) {
    const std::string below = path + " " + child.name;
    out += (out.empty() ? "\"" : separator + "\"") + below + "\"";
    AppendPaths(child, below, separator, out);
  }
}

// Prints the names of the paired robots, one a line; in bash, zsh and fish, as it has quotes only.
constexpr char kListRobots[] =
    "sh -c 'ls \"${XDG_CONFIG_HOME:-$HOME/.config}/soarm/robots\" 2>/dev/null'";

std::string Bash(const CommandNode& root) {
  std::string cases;
  AppendCases(root, root.name, cases);
  std::string values;
  AppendValueCases(root, root.name, values);
  std::string paths;
  AppendPaths(root, root.name, "|", paths);
  return "# bash completion for soarm: source <(soarm completion bash)\n"
         "_soarm() {\n"
         "  local path=\"" +
         root.name +
         "\" choices=\"\" i\n"
         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
         "    [[ ${COMP_WORDS[i - 1]} == --server ]] && continue\n"
         "    case \"$path ${COMP_WORDS[i]}\" in\n"
         "      " +
         paths +
         ") path=\"$path ${COMP_WORDS[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path\" in\n" +
         cases +
         "  esac\n"
         "  case \"$path ${COMP_WORDS[COMP_CWORD - 1]}\" in\n" +
         values +
         "  esac\n"
         "  [[ ${COMP_WORDS[COMP_CWORD - 1]} == --server ]] && choices=\"$(" +
         kListRobots +
         ")\"\n"
         "  COMPREPLY=($(compgen -W \"$choices\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
         "}\n"
         "complete -o default -F _soarm soarm\n";
}

std::string Zsh(const CommandNode& root) {
  std::string cases;
  AppendCases(root, root.name, cases);
  std::string values;
  AppendValueCases(root, root.name, values);
  std::string paths;
  AppendPaths(root, root.name, "|", paths);
  // `words` and CURRENT are zsh's own, and are copied before anything else has a `words`. The end
  // is for both ways to install it: sourced, or as a file `_soarm` in fpath.
  return "#compdef soarm\n"
         "# zsh completion for soarm: source <(soarm completion zsh)\n"
         "_soarm() {\n"
         "  local -a typed=(\"${(@)words}\")\n"
         "  local current=$CURRENT path_so_far=\"" +
         root.name +
         "\" choices=\"\" i\n"
         "  for ((i = 2; i < current; i++)); do\n"
         "    [[ ${typed[i - 1]} == --server ]] && continue\n"
         "    case \"$path_so_far ${typed[i]}\" in\n"
         "      " +
         paths +
         ") path_so_far=\"$path_so_far ${typed[i]}\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case \"$path_so_far\" in\n" +
         cases +
         "  esac\n"
         "  case \"$path_so_far ${typed[current - 1]}\" in\n" +
         values +
         "  esac\n"
         "  [[ ${typed[current - 1]} == --server ]] && choices=\"${(j: :)${(f)$(" +
         kListRobots +
         ")}}\"\n"
         "  compadd -- ${(s: :)choices}\n"
         "}\n"
         "if [[ $funcstack[1] == _soarm ]]; then\n"
         "  _soarm \"$@\"\n"
         "else\n"
         "  compdef _soarm soarm\n"
         "fi\n";
}

std::string FishQuote(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

void AppendFish(const CommandNode& node, const std::string& path, std::string& out) {
  const std::string prefix = "complete -c soarm -n " + FishQuote("__soarm_at " + FishQuote(path));
  for (const CommandNode& child : node.children) {
    out += prefix + " -a " + child.name + " -d " + FishQuote(child.help) + "\n";
  }
  for (const std::string& word : node.words) out += prefix + " -a " + word + "\n";
  for (const std::string& option : node.options) {
    if (!option.starts_with("--")) continue;
    out += prefix + " -l " + option.substr(2);
    if (const auto found = node.values.find(option); found != node.values.end()) {
      const std::string values =
          option == "--server" ? "(" + std::string(kListRobots) + ")" : Joined(found->second);
      out += values.empty() ? " -r" : " -x -a " + FishQuote(values);
    }
    out += "\n";
  }
  for (const CommandNode& child : node.children) AppendFish(child, path + " " + child.name, out);
}

std::string Fish(const CommandNode& root) {
  std::string paths;
  AppendPaths(root, root.name, " ", paths);
  std::string out =
      "# fish completion for soarm: soarm completion fish | source\n"
      "function __soarm_at\n"
      "  set -l paths " +
      paths +
      "\n"
      "  set -l path " +
      root.name +
      "\n"
      "  set -l before\n"
      "  for word in (commandline -opc)\n"
      "    if test \"$before\" != --server; and contains -- \"$path $word\" $paths\n"
      "      set path \"$path $word\"\n"
      "    end\n"
      "    set before $word\n"
      "  end\n"
      "  test \"$path\" = \"$argv[1]\"\n"
      "end\n"
      "complete -c soarm -f\n";
  AppendFish(root, root.name, out);
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
