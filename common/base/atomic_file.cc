#include "common/base/atomic_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "common/base/small_file.h"

namespace soarm {
namespace {

// "stops.toml.a1B2c3.draft": nothing that a person would call a copy of it.
constexpr std::string_view kDraft = ".draft";
const std::string kAnyName(6, 'X');  // what mkostemps() makes a name of

bool IsDraftOf(std::string_view file, std::string_view name) {
  if (!name.starts_with(file)) return false;
  name.remove_prefix(file.size());
  return name.size() == 1 + kAnyName.size() + kDraft.size() && name.front() == '.' &&
         name.ends_with(kDraft);
}

bool IsOlder(const std::string& path, std::chrono::seconds age) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && ::time(nullptr) - info.st_mtim.tv_sec > age.count();
}

absl::Status NotSaved(const std::string& path, int error, const std::string& fix) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = path,
                   .message = path + " could not be written: " + std::strerror(error) + ".",
                   .fix = FixOfFileError(error, fix),
                   .facts = {}});
}

bool WriteAll(int descriptor, std::string_view content, mode_t mode) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fchmod(descriptor, mode) == 0 && ::fsync(descriptor) == 0;
}

// So that the new name itself outlives a power cut. What fails here is not worth refusing.
void SyncFolder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, std::string_view content, mode_t mode,
                         const std::string& fix) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  std::error_code made;
  std::filesystem::create_directories(folder, made);
  if (made) return NotSaved(path, made.value(), fix);
  std::string draft = path + "." + kAnyName + std::string(kDraft);
  const int descriptor = ::mkostemps(draft.data(), static_cast<int>(kDraft.size()), O_CLOEXEC);
  if (descriptor < 0) return NotSaved(path, errno, fix);
  const bool written = WriteAll(descriptor, content, mode);
  const int error = errno;
  ::close(descriptor);
  if (!written || ::rename(draft.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : error;
    ::unlink(draft.c_str());
    return NotSaved(path, why, fix);
  }
  SyncFolder(folder);
  return absl::OkStatus();
}

absl::Status MoveFile(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return NotSaved(from, errno, kStateDirFix);
  SyncFolder(std::filesystem::path(to).parent_path().string());
  return absl::OkStatus();
}

void RemoveDrafts(const std::string& path, std::chrono::seconds idle) {
  const std::filesystem::path file(path);
  std::error_code error;
  std::filesystem::directory_iterator entry(file.parent_path(), error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!IsDraftOf(file.filename().string(), name)) continue;
    if (idle.count() > 0 && !IsOlder(entry->path().string(), idle)) continue;
    // unlink(), which leaves a directory of that name alone.
    ::unlink(entry->path().c_str());
  }
}

}  // namespace soarm
