#include "server/config/pose_book.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "server/config/config_file.h"
#include "server/config/unreadable.h"

namespace soarm {
namespace {

auto IsNamed(std::string_view group, std::string_view name) {
  return [group, name](const NamedPose& pose) { return pose.group == group && pose.name == name; };
}

constexpr char kHoldsPoses[] = "The saved poses";

// The shortest text that reads back as the same number, with the point that TOML asks of a float.
std::string Decimal(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed);
  std::string decimal(text, end.ptr);
  return decimal.find('.') == std::string::npos ? decimal + ".0" : decimal;
}

// What begins like this and lacks the last line was cut short; older files end without one.
constexpr std::string_view kHeading =
    "# Saved with `soarm pose save`; soarmd rewrites this file, to ";
constexpr std::string_view kEnd = "\n# the end\n";

bool IsCutShort(std::string_view text) {
  return text.starts_with(kHeading) && text.find(kEnd) == std::string_view::npos;
}

std::string Render(const std::vector<NamedPose>& poses) {
  std::string text = std::string(kHeading) + "the end.\n";
  for (const NamedPose& pose : poses) {
    text += "\n[poses." + pose.group + "." + pose.name + "]\n";
    for (const auto& [joint, rad] : pose.joints_rad) text += joint + " = " + Decimal(rad) + "\n";
  }
  return text.append(kEnd);
}

}  // namespace

PoseBook::PoseBook(std::string path, std::vector<NamedPose> configured,
                   std::function<absl::Status()> may_write)
    : path_(std::move(path)), may_write_(std::move(may_write)), configured_(std::move(configured)) {
  for (NamedPose& pose : configured_) pose.configured = true;
  unreadable_ = Read();
}

absl::Status PoseBook::Read() {
  const SmallFile file = ReadSmallFile(path_);  // an empty path: missing
  if (file.missing) return absl::OkStatus();
  if (!file.is_read()) return Unreadable(kHoldsPoses, path_, file.fault, file.fix);
  constexpr const char* kMend =
      "Mend the file, or move it away to begin without saved poses; then restart soarmd.";
  ConfigErrors errors;
  const ConfigFile read = ParseConfigFile(file.text, path_, errors);
  if (!errors.empty()) {
    return Unreadable(kHoldsPoses, path_,
                      "line " + std::to_string(errors.front().line) + ": " + errors.front().message,
                      kMend);
  }
  if (IsCutShort(file.text)) {
    return Unreadable(kHoldsPoses, path_,
                      "it was cut short, as its last line `# the end` is missing", kMend);
  }
  for (const PoseEntry& pose : read.poses) {
    // The configuration may have taken the name since.
    if (std::ranges::any_of(configured_, IsNamed(pose.group, pose.name))) continue;
    saved_.push_back({.group = pose.group, .name = pose.name, .joints_rad = pose.joints_rad});
  }
  return absl::OkStatus();
}

std::vector<NamedPose> PoseBook::Saved() const {
  const std::lock_guard lock(mutex_);
  return saved_;
}

void PoseBook::SetSaved(std::vector<NamedPose> poses) {
  const std::lock_guard lock(mutex_);
  saved_ = std::move(poses);
}

std::vector<NamedPose> PoseBook::List() const {
  std::vector<NamedPose> poses = configured_;
  {
    const std::lock_guard lock(mutex_);
    poses.insert(poses.end(), saved_.begin(), saved_.end());
  }
  std::ranges::sort(poses, [](const NamedPose& a, const NamedPose& b) {
    return std::tie(a.group, a.name) < std::tie(b.group, b.name);
  });
  return poses;
}

absl::Status PoseBook::RefuseChange(std::string_view group, std::string_view name) const {
  if (!unreadable_.ok()) return unreadable_;
  if (!std::ranges::any_of(configured_, IsNamed(group, name))) return absl::OkStatus();
  const std::string subject = std::string(group) + "/" + std::string(name);
  return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                   .reason = "POSE_CONFIGURED",
                   .subject = subject,
                   .message = "The pose " + subject + " is part of the configuration.",
                   .fix = "Choose another name, or change the configuration file.",
                   .facts = {}});
}

absl::Status PoseBook::Save(const NamedPose& pose) {
  if (absl::Status taken = RefuseChange(pose.group, pose.name); !taken.ok()) return taken;
  const std::lock_guard writing(writing_);
  std::vector<NamedPose> poses = Saved();
  std::erase_if(poses, IsNamed(pose.group, pose.name));
  poses.push_back(pose);
  poses.back().configured = false;
  if (absl::Status written = Write(poses); !written.ok()) return written;
  SetSaved(std::move(poses));
  return absl::OkStatus();
}

absl::Status PoseBook::Delete(std::string_view group, std::string_view name) {
  if (absl::Status taken = RefuseChange(group, name); !taken.ok()) return taken;
  const std::lock_guard writing(writing_);
  std::vector<NamedPose> poses = Saved();
  if (std::erase_if(poses, IsNamed(group, name)) == 0) {
    const std::string subject = std::string(group) + "/" + std::string(name);
    std::string names;
    for (const NamedPose& pose : poses) {
      if (pose.group == group) names += (names.empty() ? "" : ", ") + pose.name;
    }
    return ToStatus({.code = absl::StatusCode::kNotFound,
                     .reason = "UNKNOWN_POSE",
                     .subject = subject,
                     .message = "There is no saved pose " + subject + ".",
                     .fix = "See `soarm pose list`.",
                     .facts = {{"poses", names}}});
  }
  if (absl::Status written = Write(poses); !written.ok()) return written;
  SetSaved(std::move(poses));
  return absl::OkStatus();
}

absl::Status PoseBook::Write(const std::vector<NamedPose>& poses) const {
  if (path_.empty()) return absl::OkStatus();
  if (absl::Status refused = may_write_(); !refused.ok()) return refused;
  const std::string text = Render(poses);
  if (text.size() <= kMostInSmallFile) return ReplaceFile(path_, text);
  // The next start would not read it.
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = path_,
                   .message = "There are more saved poses than " + path_ + " may hold.",
                   .fix = "Delete poses that are not needed with `soarm pose delete`.",
                   .facts = {}});
}

}  // namespace soarm
