#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/adversary/judge/bounds.h"

namespace soarm::adversary {

// Leave to move one joint, as somebody who had the right to has asked for it.
struct Licence {
  std::uint64_t source = 0;    // the stream, or the call with its top bit set
  std::uint64_t sequence = 0;  // of the stream's frame
  LeaseNumber lease = 0;
  double target = 0;       // rad, or rad/s
  double speed_share = 1;  // of the joint's limit, before the holder's scale
  Time from = 0;           // since it could act but for peers, see HoldPeers()
  bool held = false;       // it moves nothing: a peer of its group cannot
  Time until = 0;          // the end itself is no longer in it
};

// Of licences, what moves are called.
inline constexpr std::uint64_t kMoveSource = std::uint64_t{1} << 63;

// Keeps who may command what and until when, from what was granted and sent.
class Ledger {
 public:
  void Begin(const SceneFacts& scene);
  void On(Time at, const What& what);

  // The genuine holder's lease on a group at that time; 0: none. A grace of two ticks is the
  // caller's matter.
  LeaseNumber HolderOf(std::size_t group, Time at) const;
  // From when on nothing may be decided for that lease any more: at once where an answer said that
  // it has ended or another holds it, two ticks later where its time ran out.
  Time EndedAt(LeaseNumber lease) const;
  StopRank StopOn(std::size_t group) const { return stops_[group].level; }
  // Groups of one lease are driven together or not at all: since when another one of the group's
  // lease cannot be, for a stop or a pulled plug. Far ahead: all can.
  Time PeerUnableSince(std::size_t group) const;
  bool IsHeldByPeer(std::size_t group, Time at) const {
    return at > PeerUnableSince(group) + bounds::kTicks;
  }
  // When the group was last told to stop, or a stop on it was cleared.
  Time stopped_at(std::size_t group) const { return stops_[group].asked_at; }
  Time released_at(std::size_t group) const { return stops_[group].released_at; }

  // Of each stream the frame that last acted, and all since; those that have ended stay for a
  // while.
  const std::vector<Licence>& licences(std::size_t joint) const { return licences_[joint]; }
  // The speed that a licence allows now.
  double TopSpeed(std::size_t joint, const Licence& licence) const;
  // Time goes on: ends the leases whose time is over and forgets what ended long ago. Called with
  // every frame of the truth.
  void Pass(Time at);

  std::size_t GroupOf(std::size_t joint) const { return group_of_[joint]; }
  std::optional<std::size_t> FindGroup(const std::string& name) const;
  double scale(std::size_t group) const { return groups_[group].scale; }

  // Torque calls that are under way.
  struct Call {
    CallKind kind = CallKind::kEnableTorque;
    bool is_move = false;
    std::size_t group = 0;
    Shown lease;
    Time asked_at = 0;
    bool valid = false;  // the holder's when it was asked
  };
  const std::map<std::uint32_t, Call>& calls() const { return calls_; }
  // When an enable or release of the group was last under way.
  Time enabling_until(std::size_t group) const { return groups_[group].enabling_until; }
  Time releasing_until(std::size_t group) const { return groups_[group].releasing_until; }
  // An enable that ended without success, and when.
  Time enable_failed_at(std::size_t group) const { return groups_[group].enable_failed_at; }

 private:
  struct Lease {
    std::vector<std::size_t> groups;
    LeaseRank rank = LeaseRank::kTeleop;
    Time ttl = 0;
    Time until = 0;
  };
  struct Group {
    LeaseNumber holder = 0;
    double scale = 1;
    Time stopped_since = bounds::kForEver;
    Time unable_since = bounds::kForEver;  // stopped, or its bus is unplugged
    Time enabling_until = bounds::kNever;
    Time releasing_until = bounds::kNever;
    Time enable_failed_at = bounds::kNever;
  };
  struct Stop {
    StopRank level = StopRank::kNone;
    Time asked_at = bounds::kNever;
    Time released_at = bounds::kNever;
  };
  struct Assertion {
    std::vector<std::size_t> groups;
    StopRank level = StopRank::kNone;
    bool kept = false;  // over a restart
  };

  template <typename Event>
  void On(Time, const Event&) {}  // all that changes no right
  void On(Time at, const LeaseAsked& asked);
  void On(Time at, const LeaseRenewed& renewed);
  void On(Time at, const LeaseReleased& released);
  void On(Time at, const ScaleSet& set);
  void On(Time /*at*/, const StreamOpened& opened) { streams_[opened.stream] = {}; }
  void On(Time at, const StreamClosed& closed) { EndSource(at, closed.stream); }
  void On(Time at, const StreamEnded& ended) { EndSource(at, ended.stream); }
  void On(Time at, const MoveCancelled& cancelled) { EndSource(at, kMoveSource | cancelled.call); }
  void On(Time at, const CallAbandoned& left) { EndCall(at, left.call, false); }
  void On(Time at, const CallAnswered& answered) { EndCall(at, answered.call, answered.ok); }
  void On(Time at, const ProcessDid& did);
  void On(Time at, const WorldDid& did);
  void On(Time at, const FrameSent& frame);
  void On(Time at, const VerdictSeen& seen);
  void On(Time at, const MoveAsked& asked);
  void On(Time at, const CallAsked& asked);
  void On(Time at, const StopAsked& asked);
  void On(Time at, const StopReported& reported);
  void On(Time at, const StopCleared& cleared);
  void EndCall(Time at, std::uint32_t call, bool ok);
  void EndLease(Time at, LeaseNumber lease, Time grace = 0);
  void EndAll(Time at);
  void EndSource(Time at, std::uint64_t source);
  bool Holds(const Shown& shown, std::size_t group, Time at) const;
  void JoinStops();
  // Whether a move is not begun yet: what was asked of its group before is under way.
  bool WaitsForItsTurn(const Licence& licence) const;
  void HoldPeers(Time at);

  const SceneFacts* scene_ = nullptr;
  std::vector<std::size_t> group_of_;
  std::vector<Group> groups_;
  Time wakes_at_ = bounds::kNever;  // of a frozen process
  std::vector<Stop> stops_;
  std::map<std::string, Assertion> assertions_;
  std::set<std::size_t> unplugged_;      // buses
  std::map<LeaseNumber, Lease> leases_;  // that stand
  std::map<LeaseNumber, Time> ended_;    // the others
  // What was cleared since they were opened: they stay held there.
  std::map<std::uint64_t, std::set<std::size_t>> streams_;
  std::map<std::uint32_t, Call> calls_;
  std::vector<std::vector<Licence>> licences_;
  Time forget_at_ = 0;
};

}  // namespace soarm::adversary
