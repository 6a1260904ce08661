#include "server/serial/port_holder.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/base/clean_text.h"

namespace soarm {
namespace {

namespace fs = std::filesystem;

constexpr char kProc[] = "/proc";
constexpr std::size_t kLongestProgram = 80;  // bytes
// From the kernel's list of device numbers.
constexpr unsigned kFirstPtsMajor = 136;
constexpr unsigned kLastPtsMajor = 143;
constexpr unsigned kPtmxMajor = 5;
constexpr unsigned kPtmxMinor = 2;

// A character device, by what it is and not by what it is called.
struct Device {
  dev_t number = 0;
  dev_t file_system = 0;

  bool is_ptmx() const { return major(number) == kPtmxMajor && minor(number) == kPtmxMinor; }
  bool is_pts() const { return major(number) >= kFirstPtsMajor && major(number) <= kLastPtsMajor; }
  // Each devpts that is mounted, as in a container, counts its terminals from 0.
  bool Is(const Device& other) const {
    return number == other.number && (!is_pts() || file_system == other.file_system);
  }
};

// Of what is on a server that does not answer the kernel tells what it remembers.
std::optional<Device> DeviceAt(const fs::path& path) {
  struct statx info{};
  if (statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &info) != 0 ||
      !S_ISCHR(info.stx_mode)) {
    return std::nullopt;
  }
  return Device{.number = makedev(info.stx_rdev_major, info.stx_rdev_minor),
                .file_system = makedev(info.stx_dev_major, info.stx_dev_minor)};
}

// Which pseudo-terminal this descriptor is the far side of; -1 for none.
long FarSideOf(const fs::path& process, const fs::path& descriptor) {
  std::ifstream info(process / "fdinfo" / descriptor);
  std::string field;
  while (info >> field) {
    if (long index = 0; field == "tty-index:" && info >> index) return index;
  }
  return -1;
}

struct Hold {
  bool has_it = false;
  bool is_device = false;  // keeps the far side
};

Hold HoldOf(const fs::path& process, const Device& device) {
  Hold hold;
  std::vector<fs::path> far_sides;
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    const std::optional<Device> found = DeviceAt(fd->path());
    if (!found) continue;
    hold.has_it = hold.has_it || found->Is(device);
    if (found->is_ptmx()) far_sides.push_back(fd->path().filename());
  }
  hold.is_device =
      hold.has_it && device.is_pts() && std::ranges::any_of(far_sides, [&](const fs::path& fd) {
        return FarSideOf(process, fd) == static_cast<long>(minor(device.number));
      });
  return hold;
}

std::string StartOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4 * kLongestProgram> start{};
  file.read(start.data(), start.size());
  return {start.data(), static_cast<std::size_t>(file.gcount())};
}

// Anybody may give himself any command line.
std::string ProgramOf(const fs::path& process) {
  std::string line = StartOf(process / "cmdline");
  std::ranges::replace(line, '\0', ' ');
  line = CleanText(line, kLongestProgram);
  return line.empty() ? CleanText(StartOf(process / "comm"), kLongestProgram) : line;
}

// 0 for what is no process.
pid_t PidOf(const fs::path& process) {
  const std::string name = process.filename();
  pid_t pid = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
  return parsed.ptr == name.data() + name.size() ? pid : 0;
}

}  // namespace

std::optional<PortHolder> FindPortHolder(const std::string& path, pid_t asked_first) {
  const std::optional<Device> device = DeviceAt(path);
  if (!device) return std::nullopt;
  const auto holder = [&](const fs::path& process) -> std::optional<PortHolder> {
    const pid_t pid = PidOf(process);
    if (pid <= 0 || pid == getpid()) return std::nullopt;
    const Hold hold = HoldOf(process, *device);
    if (!hold.has_it || hold.is_device) return std::nullopt;
    return PortHolder{.pid = pid, .program = ProgramOf(process)};
  };
  if (asked_first > 0) {
    if (auto found = holder(fs::path(kProc) / std::to_string(asked_first))) return found;
  }
  std::error_code error;
  for (fs::directory_iterator process(kProc, error), end; !error && process != end;
       process.increment(error)) {
    if (auto found = holder(process->path())) return found;
  }
  return std::nullopt;
}

std::optional<PortHolder> FindOwnHold(const std::string& path) {
  const std::optional<Device> device = DeviceAt(path);
  const fs::path process = fs::path(kProc) / "self";
  if (!device || !HoldOf(process, *device).has_it) return std::nullopt;
  return PortHolder{.pid = getpid(), .program = ProgramOf(process)};
}

Problem PortInUse(const std::string& path, const std::optional<PortHolder>& holder) {
  Problem problem{
      .code = absl::StatusCode::kUnavailable,
      .reason = "PORT_IN_USE",
      .subject = path,
      .message = path + " is in use by a program that soarmd may not look at.",
      .fix = "Find it with `sudo fuser -v " + path + "` and close it, or give soarmd another port.",
      .facts = {}};
  if (!holder) return problem;
  const std::string pid = std::to_string(holder->pid);
  const std::string who = "process " + pid + " (" + holder->program + ")";
  problem.message = path + " is in use by " + who + ".";
  problem.fix = "Close that program, or give soarmd another port.";
  problem.facts = {{"holder", who}, {"pid", pid}, {"program", holder->program}};
  return problem;
}

}  // namespace soarm
