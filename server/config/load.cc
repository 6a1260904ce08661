#include "server/config/load.h"

#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include "common/base/small_file.h"

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
    const SmallFile read = ReadSmallFile(path);
    if (read.is_read()) {
      file = ParseConfigFile(read.text, path, errors);
    } else {
      errors.push_back(
          {path, 0, "", "cannot be read: " + read.fault, "name a readable file with --config"});
    }
  }
  // What does not fit the robot is told along with what is wrong in itself; only a file that could
  // not be read at all would make the rest guesswork.
  const bool unreadable = !errors.empty() && errors.front().line == 0 && file.name.empty();
  if (unreadable) return {};
  return ComposeSettings(flags, file, environment, errors);
}

}  // namespace soarm
