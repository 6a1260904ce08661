#include "server/serial/port_holder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <sys/stat.h>

namespace soarm {
namespace {

namespace fs = std::filesystem;

bool IsNumber(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool HasOpen(const fs::path& process, dev_t device) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    struct stat info{};
    if (stat(fd->path().c_str(), &info) == 0 && S_ISCHR(info.st_mode) && info.st_rdev == device) {
      return true;
    }
  }
  return false;
}

std::string CommandOf(const fs::path& process) {
  std::ifstream file(process / "cmdline", std::ios::binary);
  std::array<char, 80> start{};
  file.read(start.data(), start.size());
  std::string line(start.data(), static_cast<std::size_t>(file.gcount()));
  while (!line.empty() && line.back() == '\0') line.pop_back();
  std::replace(line.begin(), line.end(), '\0', ' ');
  return line;
}

}  // namespace

std::string FindPortHolder(const std::string& path) {
  struct stat device{};
  if (stat(path.c_str(), &device) != 0 || !S_ISCHR(device.st_mode)) return {};
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string pid = process->path().filename().string();
    if (!IsNumber(pid) || !HasOpen(process->path(), device.st_rdev)) continue;
    return "process " + pid + " (" + CommandOf(process->path()) + ")";
  }
  return {};
}

}  // namespace soarm
