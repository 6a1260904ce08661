#include "clients/tools/soarm/aftermath.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

namespace soarm::cli {
namespace {

constexpr std::chrono::milliseconds kConnectPatience(1000);
constexpr std::chrono::milliseconds kSettlePatience(2000);
constexpr double kLookRate_hz = 50.0;
// What was asked for last may still be on its way to the tick when the first frame is made.
constexpr int kSettledFrames = 3;

int Energised(const v1::GroupState& group) {
  return static_cast<int>(std::ranges::count_if(
      group.joints(), [](const v1::JointState& joint) { return joint.torque_on(); }));
}

bool IsSettled(const v1::GroupState& group) {
  const int energised = Energised(group);
  return group.mode() != v1::FOLLOW && group.mode() != v1::MOVE &&
         (energised == 0 || (energised == group.joints_size() && group.mode() != v1::LIMP));
}

std::string Words(const v1::GroupState& group) {
  const int energised = Energised(group);
  if (group.mode() == v1::UNKNOWN) {
    return energised > 0 ? "UNKNOWN, under torque when its servos were last heard"
                         : "UNKNOWN, without torque when its servos were last heard";
  }
  const std::string mode = v1::Mode_Name(group.mode());
  if (energised == group.joints_size() && energised > 0) return mode + ", under torque";
  if (energised == 0) return mode + ", without torque";
  return mode + ", with " + std::to_string(energised) + " of " +
         std::to_string(group.joints_size()) + " joints under torque";
}

// The newest frame, the first settled one if there is one in time.
std::optional<v1::StateFrame> SettledFrame(const Session& session,
                                           const std::set<std::string>& groups) {
  auto connection = session.ConnectFor(kConnectPatience);
  if (!connection.ok()) return std::nullopt;
  v1::WatchStateRequest request;
  request.set_rate_hz(kLookRate_hz);
  std::optional<v1::StateFrame> newest;
  int settled = 0;
  const auto look = [&](const v1::StateFrame& frame) {
    newest = frame;
    const bool now = std::ranges::all_of(frame.groups(), [&](const v1::GroupState& group) {
      return !groups.contains(group.name()) || IsSettled(group);
    });
    settled = now ? settled + 1 : 0;
    return settled < kSettledFrames;
  };
  // Also what came before it ended otherwise is worth telling.
  (void)(*connection)->Watch(client::kWatchState, request, look, {.timeout = kSettlePatience});
  return newest;
}

}  // namespace

Aftermath LookAround(const Session& session) {
  const std::set<std::string> groups(session.leased.begin(), session.leased.end());
  const std::optional<v1::StateFrame> frame = SettledFrame(session, groups);
  Aftermath aftermath;
  for (const std::string& name : groups) {
    std::string words = "unknown";
    std::string sentence = "soarmd does not tell what state " + name + " is in";
    if (frame) {
      for (const v1::GroupState& group : frame->groups()) {
        if (group.name() != name) continue;
        words = Words(group);
        bool& found = group.mode() == v1::UNKNOWN ? aftermath.unheard : aftermath.energised;
        found = found || Energised(group) > 0;
        sentence = name + " is in mode " + words;
      }
    }
    aftermath.groups[name] = words;
    aftermath.sentence += (aftermath.sentence.empty() ? "" : "; ") + sentence;
  }
  return aftermath;
}

}  // namespace soarm::cli
