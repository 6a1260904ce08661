#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include "clients/cpp/command_stream.h"
#include "clients/cpp/error.h"
#include "clients/cpp/state_watch.h"
#include "clients/tools/soarm/clean_message.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/groups.h"
#include "clients/tools/soarm/jogger.h"
#include "clients/tools/soarm/lease_loss.h"
#include "clients/tools/soarm/raw_terminal.h"
#include "clients/tools/soarm/text.h"
#include "common/base/units.h"

namespace soarm::cli {
namespace {

constexpr Nanos kPeriod = std::chrono::milliseconds(20);
// Between presses the goal stands still, and is repeated so that the group keeps following: a
// silent driver counts as lost.
constexpr Nanos kIdlePeriod = std::chrono::milliseconds(100);

// Verdicts on their way from the stream's thread to the command's.
class VerdictQueue {
 public:
  void Push(const v1::Verdict& verdict) {
    const std::lock_guard lock(mutex_);
    verdicts_.push_back(verdict);
  }
  std::deque<v1::Verdict> Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(verdicts_, {});
  }

 private:
  std::mutex mutex_;
  std::deque<v1::Verdict> verdicts_;
};

constexpr char kStopped[] = "STOPPED";

// Whether a verdict is the last word on this lease or this stream, which are one each.
bool IsForGood(const std::string& reason) {
  return reason.starts_with("LEASE_") || reason == kStopped;
}

// `why` with what is left to do here: a new lease and a new stream come with a new start only.
absl::Status WithoutLease(const absl::Status& why) {
  Problem problem = ProblemOf(why);
  problem.fix = problem.reason == kStopped
                    ? "Find out why, run `soarm clear` if a stop stands, then `soarm jog` again."
                    : "Nothing is driven any more; once the lease is free, run `soarm jog` again.";
  return ToStatus(problem);
}

const v1::GroupState* FindGroup(const v1::StateFrame& frame, const std::string& name) {
  for (const v1::GroupState& group : frame.groups()) {
    if (group.name() == name) return &group;
  }
  return nullptr;
}

// Where the joints' goals are while under torque, else where the joints are.
std::vector<double> Positions(const v1::GroupState& group) {
  std::vector<double> positions;
  for (const v1::JointState& joint : group.joints()) {
    const bool goal = joint.torque_on() && joint.has_applied_rad();
    positions.push_back(goal ? joint.applied_rad() : joint.position_rad());
  }
  return positions;
}

Jogger MakeJogger(const v1::RobotDescription& description, const std::string& group) {
  std::vector<Jogger::Joint> joints;
  for (const v1::GroupDescription& candidate : description.groups()) {
    if (candidate.name() != group) continue;
    for (const v1::JointDescription& joint : candidate.joints()) {
      joints.push_back({.name = joint.name(),
                        .lower_rad = joint.lower_limit_rad(),
                        .upper_rad = joint.upper_limit_rad()});
    }
  }
  return Jogger(std::move(joints));
}

absl::Status TorqueOff(const std::string& group) {
  return ToStatus({.code = absl::StatusCode::kFailedPrecondition,
                   .reason = "TORQUE_OFF",
                   .subject = group,
                   .message = "Torque of " + group + " is off.",
                   .fix = "Run `soarm torque on " + group + "` first.",
                   .facts = {}});
}

// The loop between keyboard and stream.
class Jog {
 public:
  Jog(Session& session, client::StateWatch& states, client::CommandStream& stream,
      VerdictQueue& verdicts, const LeaseLoss& loss, Jogger jogger, std::string group)
      : session_(session),
        states_(states),
        stream_(stream),
        verdicts_(verdicts),
        loss_(loss),
        jogger_(std::move(jogger)),
        group_(std::move(group)) {}

  absl::Status Run() {
    {
      // Given back before anything that may take a while: a second Ctrl-C ends the program at once.
      RawTerminal terminal(STDIN_FILENO);
      session_.output.Note(KeyHelp(jogger_));
      while (!session_.stop.stop_requested() && !stream_.ended()) {
        const std::optional<std::string> keys = terminal.Read(kPeriod);
        if (!keys || !Press(*keys)) break;
        HearVerdicts();
        if (refused_.ok()) refused_ = loss_.why();
        if (!refused_.ok()) break;
        Post();
        Draw();
      }
    }
    // End of input, a signal, or the daemon: nothing more is sent, and the group holds.
    const absl::Status ended = stream_.Close(std::chrono::seconds(1));
    HearVerdicts();
    session_.output.Note("\n");
    if (session_.stop.stop_requested()) return client::InterruptedError();
    return refused_.ok() ? ended : WithoutLease(refused_);
  }

 private:
  static MonoTime Now() { return MonoTime(std::chrono::steady_clock::now()); }

  bool Press(const std::string& keys) {
    if (!keys.empty() && !driving_) StartDriving();
    for (const char key : keys) {
      if (!jogger_.Press(key, Now())) return false;
    }
    return true;
  }

  // The first press, or the first one after the daemon held the group: from where it is now.
  void StartDriving() {
    const auto frame = states_.Newest();
    const v1::GroupState* group = frame == nullptr ? nullptr : FindGroup(*frame, group_);
    if (group != nullptr) jogger_.Restart(Positions(*group));
    driving_ = true;
  }

  void Post() {
    const MonoTime now = Now();
    const bool moving = jogger_.Advance(now);
    if (!driving_) return;
    if (!moving && !was_moving_ && now - posted_at_ < kIdlePeriod) return;
    stream_.Post(jogger_.targets());
    was_moving_ = moving;
    posted_at_ = now;
  }

  void HearVerdicts() {
    for (const v1::Verdict& verdict : verdicts_.Take()) {
      if (session_.output.json()) session_.output.Show(verdict, JsonLayout::kOneLine);
      if (!verdict.has_error()) continue;
      jogger_.Halt();
      driving_ = false;  // until the next press
      if (IsForGood(verdict.error().reason())) {
        refused_ =
            ToStatus(client::ToProblem(verdict.error(), absl::StatusCode::kFailedPrecondition));
        continue;
      }
      session_.output.Note((session_.output.err_is_terminal() ? "\r\x1b[K" : "") +
                           verdict.error().message() + " " + verdict.error().fix() + "\n");
    }
  }

  void Draw() {
    if (!session_.output.err_is_terminal() || Now() - drawn_at_ < kIdlePeriod) return;
    drawn_at_ = Now();
    std::string line = "\r\x1b[K" + Fixed(jogger_.speed_rad_s() * kDegPerRad, 0) + "°/s";
    const auto frame = states_.Newest();
    if (const v1::GroupState* group = frame == nullptr ? nullptr : FindGroup(*frame, group_)) {
      line += " " + v1::Mode_Name(group->mode());
      for (const v1::JointState& joint : group->joints())
        line += " " + Degrees(joint.position_rad());
    }
    session_.output.Note(line);
  }

  Session& session_;
  client::StateWatch& states_;
  client::CommandStream& stream_;
  VerdictQueue& verdicts_;
  const LeaseLoss& loss_;
  absl::Status refused_;  // for good
  Jogger jogger_;
  const std::string group_;
  bool driving_ = false;
  bool was_moving_ = false;
  MonoTime posted_at_{};
  MonoTime drawn_at_{};
};

}  // namespace

absl::Status RunJog(Session& session, const std::string& group) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  client::Connection& daemon = **connection;
  const auto description = daemon.Call(client::kGetDescription, {}, session.Within());
  if (!description.ok()) return description.status();
  const auto chosen = ChooseGroup(*description, group);
  if (!chosen.ok()) return chosen.status();
  if (absl::Status driven = CheckDriven(*description, *chosen); !driven.ok()) return driven;

  client::StateWatch states(daemon, *chosen, 20.0);
  const auto first = states.First(std::chrono::seconds(3));
  if (!first.ok()) return first.status();
  const v1::GroupState* state = FindGroup(**first, *chosen);
  if (state != nullptr && state->mode() == v1::LIMP) return TorqueOff(*chosen);

  LeaseLoss loss;
  auto lease = session.TakeLease(daemon, {*chosen}, "soarm jog",
                                 [&loss](const absl::Status& why) { loss.Note(why); });
  if (!lease.ok()) return lease.status();
  VerdictQueue verdicts;
  client::CommandStream stream(daemon, {.lease = (*lease)->ref(),
                                        .group = *chosen,
                                        .ttl = Jogger::kPress,
                                        .on_verdict = [&](v1::Verdict verdict) {
                                          if (!session.output.json()) CleanMessage(verdict);
                                          verdicts.Push(verdict);
                                        }});
  return Jog(session, states, stream, verdicts, loss, MakeJogger(*description, *chosen), *chosen)
      .Run();
}

}  // namespace soarm::cli
