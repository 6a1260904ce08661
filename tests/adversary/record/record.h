#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

// What happened in one play of the adversary, as seen from outside: what was asked of the daemon
// and what it answered, what the world did, and where every shaft really was. It is all that the
// judge gets, so it uses no type of the daemon: a mistake there must not be able to excuse itself.
//
// Units  nanoseconds of the stage's clock; radians and rad/s at the output shafts, zero and sign as
//        in the robot's model; registers as on the wire.
namespace soarm::adversary {

using Time = std::int64_t;
inline constexpr Time kMilli = 1'000'000;
inline constexpr Time kSecond = 1'000 * kMilli;

enum class Kind : std::uint8_t { kPosition, kVelocity };

// One joint as the robot's model and the configuration describe it.
struct JointFacts {
  std::string name;
  std::string group;
  std::size_t bus = 0;
  std::uint8_t servo_id = 0;
  Kind kind = Kind::kPosition;
  bool is_gripper = false;
  bool weightless = false;   // what the arm weighs does not turn it
  double zero_ticks = 2048;  // position_rad = (position_raw - zero_ticks) * 2 pi / 4096
  int offset_ticks = 0;      // register 31 as calibrated
  double give = 1;           // under a load, as a multiple of what it is with the factory's gain
  double lower_rad = 0;      // what goals are limited to
  double upper_rad = 0;
  double velocity_limit_rad_s = 0;
  double acceleration_limit_rad_s2 = 0;
};

struct GroupFacts {
  std::string name;
  std::size_t bus = 0;
  Kind kind = Kind::kPosition;
  bool writable = true;  // false: a leader; nothing is ever written to its servos
};

// What the play takes place with.
struct SceneFacts {
  std::vector<GroupFacts> groups;
  std::vector<JointFacts> joints;  // indices below are into this
  double rate_hz = 200;            // 0: back to back
  Time hold_after = 250'000'000;   // loss ladder, as configured
  Time soft_hold_after = 5'000'000'000;
};

// --- the truth, every millisecond of the world

struct ShaftTruth {
  bool attached = true;
  bool powered = true;
  bool torque_on = false;  // register 40 is 1 and the servo is powered
  double angle_rad = 0;
  double speed_rad_s = 0;
  double motor_torque_nm = 0;
  std::int32_t goal_raw = 0;        // register 42, sign decoded
  std::int32_t speed_goal_raw = 0;  // register 46
  std::int32_t torque_limit = 0;    // register 48, 0.1 %
  std::int32_t mode = 0;            // register 33
  std::uint8_t status_bits = 0;     // as the servo would answer
};
struct TruthFrame {
  Time at = 0;
  std::vector<ShaftTruth> shafts;  // by joint
};

// A packet on a wire that wants something of a servo, taken from the byte log after damage.
struct WrittenByHost {
  Time at = 0;
  std::size_t bus = 0;
  std::uint8_t servo_id = 0;  // 254: broadcast without a list
  std::uint8_t instruction = 0;
  std::uint8_t address = 0;
  std::vector<std::uint8_t> data;
};

// --- what clients ask, and what they get

// Leases are numbered by the stage in the order of their grants; 0 is none.
using LeaseNumber = std::uint32_t;
// How a reference that somebody shows was come by.
enum class Proof : std::uint8_t {
  kGenuine,  // as granted, shown by its holder
  kStolen,   // epoch and fence of a granted one with a guessed token
  kGuessed,  // a made-up fence
  kNone,     // no lease at all
};
struct Shown {
  LeaseNumber lease = 0;  // whose; 0 for kGuessed and kNone
  Proof proof = Proof::kNone;
};

enum class LeaseRank : std::uint8_t { kObserver, kAutonomy, kTeleop, kSupervisor };
enum class StopRank : std::uint8_t { kNone, kHold, kSoftHold, kRelease };

struct LeaseAsked {
  int client = 0;
  std::vector<std::string> groups;  // as named; empty: all writable ones
  LeaseRank rank = LeaseRank::kTeleop;
  bool preempt = false;
  Time ttl = 0;
  LeaseNumber granted = 0;  // 0: refused
  Time granted_ttl = 0;
  std::vector<std::string> granted_groups;
  std::string reason;  // of a refusal
};
struct LeaseRenewed {
  Shown lease;
  bool ok = false;
};
struct LeaseReleased {
  Shown lease;
  bool ok = true;
};
struct ScaleSet {
  Shown lease;
  double scale = 1;
  bool ok = false;
};

struct StreamOpened {
  int client = 0;
  std::uint64_t stream = 0;  // 0: refused
};
struct StreamClosed {
  std::uint64_t stream = 0;
};
struct StreamEnded {  // by the daemon, because its lease is lost
  std::uint64_t stream = 0;
  std::string reason;
};
// One frame that was sent. `seq` may repeat or run backwards.
struct FrameSent {
  std::uint64_t stream = 0;
  std::uint64_t seq = 0;
  std::string group;
  Shown lease;
  Time not_after = 0;
  struct Target {
    std::size_t joint = 0;  // of the scene; one of another group is possible
    double value = 0;       // rad or rad/s; may be no number
  };
  std::vector<Target> targets;
  bool posted = false;  // false: refused at once, with `reason`; no verdict follows
  std::string reason;
};
enum class VerdictName : std::uint8_t {
  kApplied,
  kClipped,
  kSuperseded,
  kExpired,
  kTooFarAhead,
  kFenced,
  kRejected,
  kHeld,
};
struct VerdictSeen {
  std::uint64_t stream = 0;
  std::uint64_t first_seq = 0;
  std::uint64_t last_seq = 0;
  VerdictName verdict = VerdictName::kRejected;
  Time decided_at = 0;
};

// Calls with an answer later; `call` joins the two.
struct MoveAsked {
  std::uint32_t call = 0;
  std::string group;
  Shown lease;
  std::vector<FrameSent::Target> targets;
  double speed_scale = 0.5;
  Time at_least = 0;
};
struct MoveCancelled {
  std::uint32_t call = 0;
};
enum class CallKind : std::uint8_t { kEnableTorque, kReleaseTorque, kClearFault };
struct CallAsked {
  std::uint32_t call = 0;
  CallKind kind = CallKind::kEnableTorque;
  std::string group;
  std::vector<std::size_t> joints;  // kClearFault; empty: all of the group
  Shown lease;
};
struct CallAbandoned {  // the caller went away
  std::uint32_t call = 0;
};
struct CallAnswered {  // moves too
  std::uint32_t call = 0;
  bool ok = false;
  std::string reason;  // "STOPPED", ...; empty when ok
};

struct StopAsked {
  std::vector<std::string> groups;  // as named; empty: all
  StopRank level = StopRank::kHold;
  std::string id;                        // as answered
  std::vector<std::string> not_reached;  // joints of which the answer says so
};
struct StopReported {  // a little later: what became of it
  std::string id;
  std::vector<std::string> not_reached;  // joints that were to stand or be limp
  bool kept = true;                      // it outlives a restart of the daemon
};
struct StopCleared {
  std::string id;  // empty: all
  std::vector<std::string> cleared;
  bool kept = true;  // the others stand again after a restart
};

// --- what the world does; named as in SimControls. `joint` is the scene's.

struct WorldDid {
  std::size_t bus = 0;
  std::size_t joint = 0;     // where one is concerned
  bool all_joints = false;   // every one of the bus
  std::string what;          // "block", "unblock", "load", "temperature", "supply", "hand",
                             // "mute", "delay", "drop", "corrupt-answers", "corrupt-requests",
                             // "truncate", "echo", "batch", "status-bits", "unplug", "replug",
                             // "brown-out", "power-cycle", "detach", "attach", "swap",
                             // "write-registers", "clear-injections"
  double value = 0;          // in the unit of what it is
  int count = 0;             // of packets, where a number of them is damaged and no rate is given
  std::uint8_t address = 0;  // write-registers
  std::vector<std::uint8_t> data;
};

// --- what befalls the process
enum class ProcessFate : std::uint8_t {
  kKilled,     // at once, nothing is tidied up
  kEnded,      // in order, as by SIGTERM: asked
  kEndedDone,  // the end state is said to be reached
  kStarted,    // over the same world and state folder
  kFrozen,     // stands still for `span`
  kSuspended,  // the machine sleeps for `span`; the world goes on
  kDiskFull,
  kDiskFree,
};
struct ProcessDid {
  ProcessFate fate = ProcessFate::kStarted;
  Time span = 0;
  bool limp = false;      // kEnded, kEndedDone: the end state is LIMP, not HOLD
  bool confirmed = true;  // kEndedDone
  std::vector<std::string> not_reached;
};

// --- what the daemon says of itself: one for every tick that a reader could have seen
enum class ModeName : std::uint8_t { kUnknown, kLimp, kHold, kSoftHold, kFollow, kMove };
struct JointSays {
  double position_rad = 0;
  double requested = 0;
  double applied = 0;
  bool torque_on = false;
  bool stale = false;   // as GetState would report it
  Time sampled_at = 0;  // 0: never read
  std::uint32_t faults = 0;
  std::vector<std::string> fault_names;
};
struct GroupSays {
  ModeName mode = ModeName::kUnknown;
  std::string cause;
  std::size_t cause_joint = SIZE_MAX;
};
struct StateSeen {
  std::uint64_t tick = 0;
  std::vector<bool> bus_open;     // by bus
  std::vector<GroupSays> groups;  // by group
  std::vector<JointSays> joints;  // by joint
};

using What =
    std::variant<LeaseAsked, LeaseRenewed, LeaseReleased, ScaleSet, StreamOpened, StreamClosed,
                 StreamEnded, FrameSent, VerdictSeen, MoveAsked, MoveCancelled, CallAsked,
                 CallAbandoned, CallAnswered, StopAsked, StopReported, StopCleared, WorldDid,
                 ProcessDid, StateSeen, WrittenByHost>;
struct Event {
  Time at = 0;
  What what;
};

// Gets everything in the order of its time; a frame of truth follows all events up to its time.
class Audience {
 public:
  virtual ~Audience() = default;
  virtual void Begin(const SceneFacts& scene) = 0;
  virtual void On(const Event& event) = 0;
  virtual void On(const TruthFrame& frame) = 0;
  virtual void End(Time at) = 0;
};

}  // namespace soarm::adversary
