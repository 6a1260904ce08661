#include "tests/adversary/play/coverage.h"

#include <array>

namespace soarm::adversary {
namespace {

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
  last_.assign(scene.groups.size(), {});
  next_.Begin(scene);
}

void Coverage::On(const Event& event) {
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
  static const std::set<std::string> possible;
  return possible;
}

}  // namespace soarm::adversary
