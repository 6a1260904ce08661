#include "server/app/sim_folder.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <sys/types.h>
#include <unistd.h>

namespace soarm {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "soarmd-sim-";

// "soarmd-sim-1234-x7Qa9b": whether process 1234 is gone.
bool IsOrphan(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end == name.data() + name.size() || *end != '-') return false;
  return pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH;
}

bool LeadsNowhere(const fs::path& folder) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  return !error && std::all_of(begin(entries), end(entries), [](const fs::directory_entry& entry) {
    std::error_code gone;
    return fs::is_symlink(entry.symlink_status(gone)) && !fs::exists(entry.path(), gone);
  });
}

void RemoveOrphans(const fs::path& base) {
  std::error_code error;
  for (fs::directory_iterator entry(base, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (!IsOrphan(entry->path().filename().native()) || !LeadsNowhere(entry->path())) continue;
    std::error_code ignored;  // somebody else's, in a folder that everybody may write
    fs::remove_all(entry->path(), ignored);
  }
}

}  // namespace

std::string MakeSimFolder() {
  const char* base = std::getenv("TMPDIR");
  const fs::path folder = base != nullptr ? base : "/tmp";
  RemoveOrphans(folder);
  std::string pattern =
      (folder / (std::string(kPrefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
  return ::mkdtemp(pattern.data()) != nullptr ? pattern : "";
}

}  // namespace soarm
