#include "tests/adversary/play/coverage.h"

#include <array>

#include "tests/adversary/play/action.h"

namespace soarm::adversary {
namespace {

const GroupSays kFirst = {.mode = ModeName::kUnknown, .cause = "NONE"};

// What may follow what, and why: kinds, mode before, mode after, causes. Read from the modes of
// GroupControl; a HOLD's cause goes on into SOFT_HOLD and may change there.
struct Row {
  const char* kinds;
  const char* from;
  const char* to;
  const char* causes;
};
constexpr Row kRows[] = {
    {"arm,base", "UNKNOWN", "LIMP", "NONE,STOPPED"},
    {"arm,base", "UNKNOWN", "HOLD", "ADOPTED,FAULT,STOPPED"},
    {"arm,base", "UNKNOWN", "SOFT_HOLD", "STOPPED"},
    {"arm,base", "LIMP", "UNKNOWN", "NONE"},
    {"arm,base", "LIMP", "LIMP", "NONE,STOPPED"},
    {"arm,base", "LIMP", "HOLD", "ADOPTED,TORQUE_ON,FAULT,STOPPED"},
    {"arm,base", "LIMP", "SOFT_HOLD", "STOPPED"},
    {"arm,base", "HOLD", "UNKNOWN", "NONE"},
    {"arm,base", "HOLD", "LIMP", "NONE,STOPPED,FAULT"},
    {"arm,base", "HOLD", "HOLD",
     "NONE,ADOPTED,TORQUE_ON,EXPIRED,LEASE_LOST,RELEASED,STOPPED,FAULT,PEER"},
    {"arm", "HOLD", "HOLD", "MOVE_DONE,MOVE_CANCELLED,MOVE_BLOCKED"},
    {"arm,base", "HOLD", "SOFT_HOLD", "LEASE_LOST,STOPPED,FAULT,EXPIRED,ADOPTED"},
    {"arm,base", "HOLD", "FOLLOW", "NONE"},
    {"arm", "HOLD", "MOVE", "NONE"},
    {"arm,base", "SOFT_HOLD", "UNKNOWN", "NONE"},
    {"arm,base", "SOFT_HOLD", "LIMP", "NONE,STOPPED,FAULT"},
    {"arm,base", "SOFT_HOLD", "SOFT_HOLD",
     "NONE,ADOPTED,TORQUE_ON,EXPIRED,LEASE_LOST,RELEASED,STOPPED,FAULT,PEER"},
    {"arm", "SOFT_HOLD", "SOFT_HOLD", "MOVE_DONE,MOVE_CANCELLED,MOVE_BLOCKED"},
    {"arm", "SOFT_HOLD", "HOLD", "MOVE_DONE,MOVE_CANCELLED,MOVE_BLOCKED"},
    {"arm,base", "SOFT_HOLD", "FOLLOW", "NONE"},
    {"arm", "SOFT_HOLD", "MOVE", "NONE"},
    {"arm,base", "FOLLOW", "UNKNOWN", "NONE"},
    {"arm,base", "FOLLOW", "LIMP", "NONE,STOPPED,FAULT"},
    {"arm,base", "FOLLOW", "HOLD", "NONE,ADOPTED,EXPIRED,LEASE_LOST,RELEASED,STOPPED,FAULT,PEER"},
    {"arm", "FOLLOW", "HOLD", "MOVE_DONE,MOVE_CANCELLED,MOVE_BLOCKED"},
    {"arm,base", "FOLLOW", "SOFT_HOLD", "STOPPED"},
    {"arm", "FOLLOW", "MOVE", "NONE"},
    {"arm", "MOVE", "UNKNOWN", "NONE"},
    {"arm", "MOVE", "LIMP", "NONE,STOPPED,FAULT"},
    {"arm", "MOVE", "HOLD",
     "NONE,LEASE_LOST,RELEASED,STOPPED,FAULT,PEER,MOVE_DONE,MOVE_CANCELLED,MOVE_BLOCKED"},
    {"arm", "MOVE", "SOFT_HOLD", "STOPPED"},
    {"arm", "MOVE", "FOLLOW", "NONE"},
    {"leader", "UNKNOWN", "LIMP", "NONE"},
    {"leader", "UNKNOWN", "HOLD", "ADOPTED,FAULT,STOPPED"},
    {"leader", "LIMP", "UNKNOWN", "NONE"},
    {"leader", "LIMP", "HOLD", "ADOPTED,FAULT,STOPPED"},
    {"leader", "HOLD", "UNKNOWN", "NONE"},
    {"leader", "HOLD", "LIMP", "FAULT"},
    {"leader", "HOLD", "HOLD", "ADOPTED,FAULT,STOPPED"},
};

const char* Name(ModeName mode) {
  static constexpr std::array<const char*, 6> kNames = {"UNKNOWN",   "LIMP",   "HOLD",
                                                        "SOFT_HOLD", "FOLLOW", "MOVE"};
  return kNames[static_cast<std::size_t>(mode)];
}

std::string Transition(const std::string& kind, ModeName from, const GroupSays& to) {
  return kind + " " + Name(from) + ">" + Name(to.mode) + " " + to.cause;
}

}  // namespace

void Coverage::Begin(const SceneFacts& scene) {
  scene_ = scene;
  last_.assign(scene.groups.size(), kFirst);
  next_.Begin(scene);
}

void Coverage::On(const Event& event) {
  const auto* process = std::get_if<ProcessDid>(&event.what);
  if (process != nullptr && process->fate == ProcessFate::kStarted) {
    last_.assign(scene_.groups.size(), kFirst);
  }
  if (const auto* state = std::get_if<StateSeen>(&event.what)) {
    for (std::size_t i = 0; i < state->groups.size() && i < last_.size(); ++i) {
      const GroupSays& now = state->groups[i];
      if (now.mode == last_[i].mode && now.cause == last_[i].cause) continue;
      const GroupFacts& group = scene_.groups[i];
      const std::string kind = !group.writable                 ? "leader"
                               : group.kind == Kind::kPosition ? "arm"
                                                               : "base";
      ++reached_[Transition(kind, last_[i].mode, now)];
      last_[i] = now;
    }
  }
  next_.On(event);
}

const std::set<std::string>& Coverage::Possible() {
  static const std::set<std::string> possible = [] {
    std::set<std::string> all;
    for (const Row& row : kRows) {
      for (const std::string& kind : SplitList(row.kinds)) {
        for (const std::string& cause : SplitList(row.causes)) {
          all.insert(kind + " " + row.from + ">" + row.to + " " + cause);
        }
      }
    }
    return all;
  }();
  return possible;
}

}  // namespace soarm::adversary
