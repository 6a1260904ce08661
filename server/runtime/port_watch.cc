#include "server/runtime/port_watch.h"

#include <chrono>
#include <utility>

#include <pthread.h>

namespace soarm {
namespace {

constexpr Nanos kLookEvery = std::chrono::seconds(2);
// Noise makes a few such bytes now and then, another program goes on.
constexpr int kLooksToName = 3;

Problem ForeignTraffic(const std::string& device) {
  return {.code = absl::StatusCode::kUnavailable,
          .reason = "FOREIGN_TRAFFIC",
          .subject = device,
          .message = "bytes that nobody here asked for keep coming from " + device +
                     ", and no program that soarmd may look at has it open.",
          .fix = "Find another user's program with `sudo fuser -v " + device +
                 "` and close it; where there is none, check the bus for a second adapter and for "
                 "noise.",
          .facts = {}};
}

}  // namespace

PortWatch::PortWatch(std::vector<Bus> buses, Clock& clock)
    : buses_(std::move(buses)), clock_(clock), seen_(buses_.size()), notes_(buses_.size()) {}

PortWatch::~PortWatch() { Stop(); }

void PortWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

void PortWatch::Stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  ending_.Notify();
  thread_.join();
}

void PortWatch::Run() {
  ::pthread_setname_np(::pthread_self(), "look");
  while (!stopping_.load()) {
    const std::uint32_t seen = ending_.count();
    Step();
    if (!stopping_.load()) ending_.Wait(seen, clock_.Now() + kLookEvery);
  }
}

void PortWatch::Step() {
  for (std::size_t i = 0; i < buses_.size(); ++i) {
    std::optional<Problem> note = Look(buses_[i], seen_[i], NoteOf(i).has_value());
    const std::lock_guard lock(mutex_);
    notes_[i] = std::move(note);
  }
}

std::optional<Problem> PortWatch::Look(const Bus& bus, Seen& seen, bool noted) {
  const BusState state = bus.state();
  const Seen before = seen;
  seen = {.opens = state.opens,
          .foreign_bytes = state.foreign_bytes,
          .troubles = state.answers_missed + state.answers_corrupt + state.answers_discarded +
                      state.bus_late,
          .foreign_looks = 0};
  // A bus that is not open says itself who has its port.
  if (!state.open || !bus.find_other) return std::nullopt;
  const bool foreign = seen.foreign_bytes != before.foreign_bytes;
  if (foreign) seen.foreign_looks = before.foreign_looks + 1;
  const bool changed = seen.opens != before.opens || seen.troubles != before.troubles;
  if (!foreign && !changed && !noted) return std::nullopt;
  if (std::optional<Problem> other = bus.find_other()) {
    seen.foreign_looks = 0;  // what was heard was theirs
    return other;
  }
  if (seen.foreign_looks >= kLooksToName) return ForeignTraffic(bus.device);
  return std::nullopt;
}

std::optional<Problem> PortWatch::NoteOf(std::size_t bus) const {
  const std::lock_guard lock(mutex_);
  return notes_[bus];
}

}  // namespace soarm
