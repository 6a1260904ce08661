#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <absl/status/status.h>

#include "clients/discovery/findings.h"
#include "clients/tools/soarm/session.h"
#include "common/time/clock.h"

// The commands, one source file per family. Each prints its result and yields its error; options
// are plain values, so that none of them knows how the command line is parsed.
namespace soarm::cli {

absl::Status RunStatus(Session& session);
absl::Status RunInfo(Session& session);
absl::Status RunDescription(Session& session);
absl::Status RunState(Session& session, const std::string& group);

struct WatchOptions {
  std::string group;  // empty: all
  double rate_hz = 10.0;
  unsigned count = 0;  // frames to show; 0: until interrupted
};
absl::Status RunWatch(Session& session, const WatchOptions& options);

absl::Status RunTorque(Session& session, bool on, const std::string& group);

struct MoveOptions {
  std::vector<std::string> targets;
  std::optional<double> duration_s;
  std::optional<double> speed;  // 0..1
};
absl::Status RunMove(Session& session, const MoveOptions& options);

// As RunMove to the pose "park".
absl::Status RunPark(Session& session, const std::string& group);

absl::Status RunPoseList(Session& session, const std::string& group);
absl::Status RunPoseSave(Session& session, const std::string& name, const std::string& group);
absl::Status RunPoseDelete(Session& session, const std::string& name, const std::string& group);

struct PairOpenOptions {
  std::string role = "operator";
  double minutes = 2.0;
};
absl::Status RunPairOpen(Session& session, const PairOpenOptions& options);
struct PairJoinOptions {
  std::string join_string;  // empty or "-": the first line of `input`
  std::string name;         // of the robot, here; empty: what it calls itself
  int input = 0;            // a descriptor
};
absl::Status RunPairJoin(Session& session, const PairJoinOptions& options);
absl::Status RunPairList(Session& session);
absl::Status RunPairRevoke(Session& session, const std::string& client);

struct DiscoverOptions {
  double seconds = 2.0;
};
absl::Status RunDiscover(Session& session, const DiscoverOptions& options);
absl::Status ShowFound(Session& session, const client::Findings& found,
                       const DiscoverOptions& options);

struct PingOptions {
  std::uint64_t count = 0;  // beats; 0: until interrupted, which then is no error
  Nanos every = std::chrono::milliseconds(20);
  Nanos longest_outage = std::chrono::seconds(10);
};
// Measures the link to the daemon: what comes of it, link_meter.h says. Waits through an outage,
// and ends with why there is one when it takes too long or cannot end.
//   kDeadlineExceeded NO_BEAT_ANSWERED  facts: sent
absl::Status RunPing(Session& session, const PingOptions& options);

absl::Status RunJog(Session& session, const std::string& group);

struct StopOptions {
  std::string level;  // as typed: hold, soft-hold, release; empty: hold
  std::string reason = "soarm stop";
  std::vector<std::string> words;  // typed besides, e.g. "now"
  std::string not_understood;      // what the parser could not make sense of
};
absl::Status RunStop(Session& session, const StopOptions& options);
// Without an id: all that stood when it was typed, one by one, so that one which somebody sets
// meanwhile stays.
//   kFailedPrecondition STOP_IS_NEWER  such a one stands
absl::Status RunClear(Session& session, const std::string& stop_id);
absl::Status RunClearFault(Session& session, const std::string& typed);

struct LeaseTakeOptions {
  std::vector<std::string> groups;
  std::string lease_class = "teleop";
  std::string purpose = "soarm lease take";
  std::string name;             // empty: user@host
  std::optional<double> ttl_s;  // none: 60, or 2 with `hold`
  bool hold = false;            // renew until interrupted
};
absl::Status RunLeaseList(Session& session);
absl::Status RunLeaseTake(Session& session, const LeaseTakeOptions& options);
absl::Status RunLeaseRelease(Session& session, const std::string& token);

absl::Status RunSim(Session& session, const std::string& method,
                    const std::vector<std::string>& arguments);

// The service's methods in kebab-case, in the order of sim.proto.
std::vector<std::string> SimMethodNames();

absl::Status RunVersion(Session& session);
std::string VersionJson();

}  // namespace soarm::cli
