#include <cmath>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "clients/cpp/durations.h"
#include "clients/cpp/error.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/groups.h"
#include "clients/tools/soarm/quiet_note.h"
#include "clients/tools/soarm/targets.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

// One request per group, by name.
using Plan = std::map<std::string, v1::MoveToRequest>;

const v1::JointState* FindJoint(const v1::StateFrame& frame, const std::string& group,
                                const std::string& joint) {
  for (const v1::GroupState& candidate : frame.groups()) {
    if (candidate.name() != group) continue;
    for (const v1::JointState& state : candidate.joints()) {
      if (state.name() == joint) return &state;
    }
  }
  return nullptr;
}

absl::StatusOr<Plan> MakePlan(const Targets& targets, const v1::RobotDescription& description,
                              const v1::StateFrame& frame) {
  Plan plan;
  for (const Target& target : targets.joints) {
    const auto group = ChooseGroupOfJoint(description, target.group, target.joint);
    if (!group.ok()) return group.status();
    const v1::JointState* now = FindJoint(frame, *group, target.joint);
    *plan[*group].add_targets() =
        ToJointTarget(target, now == nullptr ? v1::JointState::default_instance() : *now);
  }
  if (!targets.pose.empty()) {
    const auto group = ChooseGroup(description, targets.pose_group);
    if (!group.ok()) return group.status();
    plan[*group].set_pose(targets.pose);
  }
  return plan;
}

// Shows how far the moves are; called from every group's thread.
class Progress {
 public:
  explicit Progress(Output& output) : output_(output) {}

  void Show(const std::string& group, const v1::MoveToProgress& progress) {
    const std::lock_guard lock(mutex_);
    if (output_.json()) {
      output_.Show(progress, JsonLayout::kOneLine);
      return;
    }
    const bool held = progress.has_speed_scale() && progress.speed_scale() <= 0 && !progress.done();
    if (held && held_.insert(group).second) {
      Start();
      output_.Note("held: speed scale is 0, so " + group +
                   " waits until the lease's speed scale is raised\n");
    } else if (!held && held_.erase(group) > 0) {
      Start();
      output_.Note(group + " goes on\n");
    }
    if (output_.err_is_terminal() && !held) {
      output_.Note("\r\x1b[K" + group + "  " + Fixed(progress.fraction() * 100.0, 0) + "%  " +
                   Span(client::FromProto(progress.remaining())) + " left");
      drawn_ = true;
    }
  }

  void Erase() {
    const std::lock_guard lock(mutex_);
    Start();
  }

 private:
  // A new line in place of the one that is drawn. Needs mutex_.
  void Start() {
    if (std::exchange(drawn_, false)) output_.Note("\r\x1b[K");
  }

  std::mutex mutex_;
  std::set<std::string> held_;
  Output& output_;
  bool drawn_ = false;
};

// Runs the moves side by side. The first that fails ends the others, and is what is reported.
absl::Status Execute(client::Connection& daemon, const Plan& plan, std::stop_source& stop,
                     Progress& progress, Output& output) {
  std::mutex mutex;
  absl::Status first;
  {
    std::vector<std::jthread> threads;
    for (const auto& [group, request] : plan) {
      threads.emplace_back([&, name = group, move = request] {
        bool done = false;
        QuietNote quiet(output, "word of the move of " + name, Nanos{0});
        client::CallOptions call{.timeout = Nanos{0}, .stop = stop.get_token()};
        quiet.ListenTo(call);
        absl::Status ended = daemon.Watch(
            client::kMoveTo, move,
            [&](const v1::MoveToProgress& message) {
              quiet.Heard();
              progress.Show(name, message);
              done = message.done();
              return true;
            },
            call);
        if (ended.ok() && !done)
          ended = absl::AbortedError("The move of " + name + " ended early.");
        if (ended.ok()) return;
        const std::lock_guard lock(mutex);
        if (first.ok()) first = std::move(ended);
        stop.request_stop();
      });
    }
  }
  return first;
}

}  // namespace

absl::Status RunMove(Session& session, const MoveOptions& options) {
  const auto targets = ParseTargets(options.targets);
  if (!targets.ok()) return targets.status();
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();
  const auto frame = daemon.Call(client::kGetState, {}, session.Within());
  if (!frame.ok()) return frame.status();
  auto plan = MakePlan(*targets, *description, *frame);
  if (!plan.ok()) return plan.status();

  std::vector<std::string> groups;
  for (const auto& [group, request] : *plan) groups.push_back(group);
  // Ends with Ctrl-C, with the lease, and with the first group that fails.
  std::stop_source stop;
  const std::stop_callback forward(session.stop, [&stop] { stop.request_stop(); });
  std::mutex mutex;
  absl::Status lost;
  auto lease = session.TakeLease(daemon, groups, "soarm move", [&](const absl::Status& why) {
    const std::lock_guard lock(mutex);
    lost = why;
    stop.request_stop();
  });
  if (!lease.ok()) return lease.status();

  for (auto& [group, request] : *plan) {
    request.set_group(group);
    *request.mutable_lease() = (*lease)->ref();
    if (options.duration_s) {
      *request.mutable_duration() = client::ToProto(Nanos(std::llround(*options.duration_s * 1e9)));
    }
    if (options.speed) request.set_speed_scale(*options.speed);
  }
  Progress progress(session.output);
  absl::Status status = Execute(daemon, *plan, stop, progress, session.output);
  progress.Erase();
  {
    const std::lock_guard lock(mutex);
    const bool cancelled = status.code() == absl::StatusCode::kCancelled;
    if (cancelled && !lost.ok()) status = lost;
  }
  if (status.ok() && !session.output.json()) session.output.Print("done\n");
  return status;
}

absl::Status RunPark(Session& session, const std::string& group) {
  MoveOptions options;
  options.targets.push_back(group.empty() ? "park" : group + "/park");
  return RunMove(session, options);
}

}  // namespace soarm::cli
