#include "server/config/load.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <unistd.h>

namespace soarm {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

Environment ReadEnvironment() {
  return {::geteuid(), Variable("XDG_RUNTIME_DIR"), Variable("STATE_DIRECTORY"),
          Variable("XDG_STATE_HOME"), Variable("HOME")};
}

Settings LoadSettings(const DaemonFlags& flags, const Environment& environment,
                      ConfigErrors& errors) {
  std::error_code ignored;
  std::string path = flags.config.value_or("");
  if (path.empty() && std::filesystem::exists(kDefaultConfigPath, ignored)) {
    path = kDefaultConfigPath;
  }
  ConfigFile file;
  if (!path.empty()) {
    std::ifstream stream(path);
    std::ostringstream text;
    if (stream && std::filesystem::is_regular_file(path, ignored)) text << stream.rdbuf();
    if (!stream || text.fail() || !std::filesystem::is_regular_file(path, ignored)) {
      errors.push_back({path, 0, "", std::string("cannot be read: ") + std::strerror(errno),
                        "name a readable file with --config"});
    } else {
      file = ParseConfigFile(text.str(), path, errors);
    }
  }
  // What does not fit the robot is told along with what is wrong in itself; only a file that could
  // not be read at all would make the rest guesswork.
  const bool unreadable = !errors.empty() && errors.front().line == 0 && file.name.empty();
  if (unreadable) return {};
  return ComposeSettings(flags, file, environment, errors);
}

}  // namespace soarm
