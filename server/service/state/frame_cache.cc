#include "server/service/state/frame_cache.h"

#include "server/service/state/state_frame.h"

namespace soarm {

grpc::Slice FrameCache::Newest(const std::string& selection,
                               const std::vector<const GroupInfo*>& groups) {
  const std::lock_guard lock(mutex_);
  std::vector<Stamp> stamps;
  RobotView view;
  for (std::size_t bus = 0; bus < robot_.bus_count(); ++bus) {
    const BusState& state = view.states.emplace_back(robot_.State(bus));
    stamps.push_back({state.tick, state.open, state.opens});
  }
  Entry& entry = entries_[selection];
  if (entry.stamps == stamps && entry.bytes.size() != 0) return entry.bytes;
  for (std::size_t bus = 0; bus < robot_.bus_count(); ++bus) {
    view.descriptions.push_back(robot_.Description(bus));
  }
  view.now = clock_.Now();
  entry.bytes =
      grpc::Slice(MakeStateFrame(robot_, groups, view, clock_id_.Now()).SerializeAsString());
  entry.stamps = std::move(stamps);
  return entry.bytes;
}

}  // namespace soarm
