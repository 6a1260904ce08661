#include "server/config/stop_file.h"

#include <cstdio>
#include <limits>

#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"
#include "server/config/toml_reader.h"
#include "server/config/toml_text.h"
#include "server/config/unreadable.h"

namespace soarm {
namespace {

// Ids are counted on from what a file says, and have to stay numbers of TOML.
constexpr std::int64_t kMostId = kMost / 2;

absl::Status UnreadableStops(const std::string& path, const std::string& what) {
  return Unreadable("The stops", path, what,
                    "Look there, or in " + path +
                        ".unreadable, what was stopped and why, then run `soarm clear`.");
}

// Whatever it is, a link that leads nowhere too.
bool IsThere(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0;
}

std::string RenderAll(const KeptStops& kept) {
  std::string text =
      "# The stops that stand; soarmd rewrites this file. Take them back with `soarm clear`.\n";
  text += "last_id = " + std::to_string(kept.last_id) + "\n";
  text += "count = " + std::to_string(kept.stops.size()) + "\n";
  for (const KeptStop& stop : kept.stops) {
    text += "\n[[stop]]\nid = " + std::to_string(stop.id) + "\n";
    text += "level = " + TomlString(StopLevelName(stop.level)) + "\n";
    text += "groups = [";
    for (std::size_t i = 0; i < stop.groups.size(); ++i) {
      text += (i == 0 ? "" : ", ") + TomlString(stop.groups[i]);
    }
    text +=
        "]\nsource = " + TomlString(stop.source) + "\nreason = " + TomlString(stop.reason) + "\n";
    text += "at_unix_ns = " + std::to_string(ToNanos(stop.at) + ReadWallOffset().count()) + "\n";
  }
  return text;
}

// What Load() would take for no file of stops, and hold everything for, is never written: who and
// why is given up first, which groups and how hard never.
std::string Render(KeptStops kept) {
  std::string text = RenderAll(kept);
  if (text.size() <= kMostInSmallFile) return text;
  for (KeptStop& stop : kept.stops) {
    stop.source.clear();
    stop.reason.clear();
  }
  return RenderAll(kept);
}

absl::Status TooMany(const std::string& path) {
  return ToStatus({.code = absl::StatusCode::kUnavailable,
                   .reason = "NOT_SAVED",
                   .subject = path,
                   .message = "More stops stand than " + path + " can hold.",
                   .fix = "Clear those that are over with `soarm clear`.",
                   .facts = {}});
}

std::optional<StopLevel> ReadLevel(TomlReader& reader) {
  std::vector<std::string_view> names;
  for (const StopLevel level : kStopLevels) names.push_back(StopLevelName(level));
  const auto name = reader.OneOf("level", names);
  for (const StopLevel level : kStopLevels) {
    if (name && *name == StopLevelName(level)) return level;
  }
  return std::nullopt;
}

// Nothing when a key is missing or wrong; every key is needed.
std::optional<KeptStop> ReadStop(const toml::table& table, const std::string& path,
                                 ConfigErrors& errors) {
  TomlReader reader(table, "stop", path, errors);
  const auto id = reader.Integer("id", 1, kMostId);
  const auto level = ReadLevel(reader);
  const auto groups = reader.Strings("groups");
  const auto source = reader.String("source");
  const auto reason = reader.String("reason");
  const auto at_ns = reader.Integer("at_unix_ns", -kMost, kMost);
  reader.Finish();
  if (!id || !level || !groups || !source || !reason || !at_ns) return std::nullopt;
  return KeptStop{.id = static_cast<std::uint64_t>(*id),
                  .level = *level,
                  .groups = *groups,
                  .source = *source,
                  .reason = *reason,
                  .at = FromNanos(*at_ns - ReadWallOffset().count())};
}

absl::StatusOr<KeptStops> Parse(const std::string& text, const std::string& path) {
  const auto parsed = ParseToml(text, path);
  if (const auto* fault = std::get_if<TomlFault>(&parsed)) {
    return UnreadableStops(path, "line " + std::to_string(fault->line) + ": " + fault->what);
  }
  KeptStops kept;
  ConfigErrors errors;
  TomlReader reader(std::get<toml::table>(parsed), "", path, errors);
  const auto last_id = reader.Integer("last_id", 0, kMostId);
  const auto count = reader.Integer("count", 0, kMost);
  for (const toml::table* one : reader.Tables("stop")) {
    auto stop = ReadStop(*one, path, errors);
    if (stop) kept.stops.push_back(*std::move(stop));
  }
  reader.Finish();
  if (!errors.empty()) {
    return UnreadableStops(
        path, "line " + std::to_string(errors.front().line) + ": " + errors.front().message);
  }
  if (!last_id || !count || static_cast<std::size_t>(*count) != kept.stops.size()) {
    return UnreadableStops(path, "it is not whole");
  }
  kept.last_id = static_cast<std::uint64_t>(*last_id);
  return kept;
}

}  // namespace

absl::StatusOr<KeptStops> StopFile::Load() {
  absl::StatusOr<KeptStops> kept = Read();
  unreadable_ = !kept.ok();
  return kept;
}

absl::StatusOr<KeptStops> StopFile::Read() const {
  const SmallFile file = ReadSmallFile(path_);
  if (file.missing) return ReadWithdrawn();
  if (!file.is_read()) return UnreadableStops(path_, file.fault);
  return Parse(file.text, path_);
}

// Where there are several, the one that holds more.
absl::StatusOr<KeptStops> StopFile::ReadWithdrawn() const {
  if (IsThere(outdated_)) {
    return UnreadableStops(path_,
                           "stops were cleared in it, and those that stand could not be written");
  }
  if (IsThere(cleared_)) {
    // All of it is cleared; the ids that were given are not forgotten.
    const SmallFile file = ReadSmallFile(cleared_);
    absl::StatusOr<KeptStops> kept = Parse(file.text, cleared_);
    if (kept.ok()) kept->stops.clear();
    return kept;
  }
  // Dead between putting it aside and writing the HOLD that it was.
  if (IsThere(aside_)) return UnreadableStops(path_, "it was put aside as unreadable");
  KeptStops none;
  none.is_new = true;
  return none;
}

// Where it can be, under both names: there is no moment without the file then.
void StopFile::PutAside() const {
  if (!IsThere(path_)) return;
  // Or they would count in the moment in which it has its new name only.
  RemoveWithdrawn();
  ::unlink(aside_.c_str());
  if (::link(path_.c_str(), aside_.c_str()) != 0) ::rename(path_.c_str(), aside_.c_str());
}

absl::Status StopFile::Save(const KeptStops& stops) {
  if (absl::Status refused = may_write_(); !refused.ok()) return refused;
  const std::string text = Render(stops);
  if (text.size() > kMostInSmallFile) return TooMany(path_);
  // Should it fail, the stops are worth more than what nobody could read.
  if (unreadable_) PutAside();
  absl::Status saved = ReplaceFile(path_, text);
  if (!saved.ok()) return saved;
  unreadable_ = false;
  RemoveWithdrawn();
  return saved;
}

bool StopFile::Remains() { return may_write_().ok() && IsThere(path_); }

absl::Status StopFile::Withdraw(bool stands) {
  if (absl::Status refused = may_write_(); !refused.ok()) return refused;
  // What nobody understands is HOLD, and for a person to look at.
  if (unreadable_ && IsThere(path_)) return UnreadableStops(path_, "it is as it was found");
  const std::string& name = stands ? outdated_ : cleared_;
  for (const std::string& old : {outdated_, path_}) {
    if (old != name && IsThere(old)) {
      const absl::Status moved = MoveFile(old, name);
      if (!moved.ok()) return moved;
    }
  }
  return absl::OkStatus();
}

void StopFile::RemoveWithdrawn() const {
  ::unlink(cleared_.c_str());
  ::unlink(outdated_.c_str());
}

}  // namespace soarm
