// A client that is killed whenever it suits: a process of its own, so that nothing of it is tidied
// up. Says on stderr how far it is, and runs until a signal ends it or the daemon does.
//
//   wild_client ADDRESS stream|move|enable|flood SEED
//
// Every client takes the lease for a second, turns torque on ("torque" and what came of it), and
// then says "going". `stream` drives joints by frames at 50 Hz; at SIGTERM it sends no more, waits
// for what is still said, and tells what verdicts its frames got. `move` makes one move after the
// other. `enable` turns torque on and off. `flood` needs no lease: it keeps many calls going that
// have no right to anything.

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include <poll.h>

#include "clients/cpp/durations.h"
#include "common/base/problem.h"
#include "tests/adversary/play/dice.h"
#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"

namespace soarm::test {
namespace {

constexpr int kPeriod_ms = 20;

volatile std::sig_atomic_t ended_by_signal = 0;

void OnSignal(int) { ended_by_signal = 1; }

void Pace() { ::poll(nullptr, 0, kPeriod_ms); }

void Say(const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

std::string NameOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  const std::string reason = ProblemOf(status).reason;
  return reason.empty() ? std::to_string(static_cast<int>(status.code())) : reason;
}

// Null once a signal asks to end.
std::unique_ptr<client::Lease> TakeLease(client::Connection& connection) {
  client::LeaseOptions options;
  options.client_name = "wild";
  options.ttl = std::chrono::seconds(1);
  while (!ended_by_signal) {
    auto lease = client::Lease::Acquire(connection, options);
    if (lease.ok()) return *std::move(lease);
    Pace();
  }
  return nullptr;
}

absl::Status SetTorque(client::Connection& connection, const v1::LeaseRef& lease, bool on) {
  if (on) {
    v1::EnableTorqueRequest request;
    *request.mutable_lease() = lease;
    return connection.Call(client::kEnableTorque, request).status();
  }
  v1::ReleaseTorqueRequest request;
  *request.mutable_lease() = lease;
  return connection.Call(client::kReleaseTorque, request).status();
}

v1::JointTargets Targets(adversary::Dice& dice, double pan_rad) {
  v1::JointTargets targets = Target("shoulder_pan", pan_rad);
  if (dice.Chance(0.5)) *targets.add_targets() = Target("wrist_roll", pan_rad / 2).targets(0);
  if (dice.Chance(0.3)) *targets.add_targets() = Target("wrist_flex", pan_rad / 2).targets(0);
  return targets;
}

// What became of frames 1 to `sent`.
void SayTally(const FrameStream& stream, std::uint64_t sent, const absl::Status& end) {
  std::map<std::uint64_t, int> said;
  std::uint64_t lost = 0;
  for (const v1::Verdict& verdict : stream.Verdicts()) {
    lost += verdict.lost();
    for (std::uint64_t seq = verdict.first_seq(); seq <= verdict.last_seq(); ++seq) ++said[seq];
  }
  int missing = 0;
  for (std::uint64_t seq = 1; seq <= sent; ++seq) missing += said.contains(seq) ? 0 : 1;
  const auto twice =
      std::ranges::count_if(said, [](const auto& verdicts) { return verdicts.second > 1; });
  Say("tally sent=" + std::to_string(sent) + " missing=" + std::to_string(missing) +
      " twice=" + std::to_string(twice) + " lost=" + std::to_string(lost) + " end=" + NameOf(end));
}

void Stream(client::Connection& connection, const v1::LeaseRef& lease, adversary::Dice& dice) {
  FrameStream stream(connection, lease);
  Say("going");
  const double phase = dice.Between(0, 6);
  std::uint64_t sent = 0;
  for (int i = 0; !ended_by_signal; ++i) {
    const double pan_rad = 0.9 * std::sin(phase + 2.5 * i * kPeriod_ms * 1e-3);
    const std::uint64_t seq = stream.Command(Targets(dice, pan_rad));
    if (seq == 0) break;
    sent = seq;
    if (stream.ended()) break;
    Pace();
  }
  stream.NoMoreFrames();
  SayTally(stream, sent, stream.WaitForEnd());
}

void Move(client::Connection& connection, const v1::LeaseRef& lease, adversary::Dice& dice) {
  Say("going");
  double side = dice.Chance(0.5) ? 0.8 : -0.8;
  while (!ended_by_signal) {
    v1::MoveToRequest request;
    *request.mutable_lease() = lease;
    *request.mutable_targets() = Targets(dice, side).targets();
    request.set_speed_scale(dice.Between(0.3, 1));
    const absl::Status moved = connection.Watch(client::kMoveTo, request,
                                                [](const auto&) { return ended_by_signal == 0; });
    if (moved.ok()) side = -side;
    if (!moved.ok()) Pace();
  }
}

void Enable(client::Connection& connection, const v1::LeaseRef& lease) {
  Say("going");
  while (!ended_by_signal) {
    (void)SetTorque(connection, lease, true);
    (void)SetTorque(connection, lease, false);
  }
}

v1::LeaseRef Guess(client::Connection& connection, adversary::Dice& dice) {
  v1::AcquireLeaseRequest request;
  request.set_lease_class(v1::OBSERVER);
  request.set_client_name("flood");
  *request.mutable_ttl() = client::ToProto(std::chrono::milliseconds(100));
  const auto granted = connection.Call(client::kAcquireLease, request);
  v1::LeaseRef lease;
  if (granted.ok()) lease = granted->lease();
  lease.set_fence(lease.fence() + dice.Below(3) - 1);
  lease.set_token("guess");
  return lease;
}

void FloodAlone(const std::string& address, std::uint64_t seed) {
  adversary::Dice dice(seed);
  client::Address target;
  target.target = address;
  while (!ended_by_signal) {
    const auto connection = client::Connection::Open(target);
    if (!connection.ok()) continue;
    const v1::LeaseRef lease = Guess(**connection, dice);
    FrameStream stream(**connection, lease);
    for (int i = 0; i < 20; ++i) (void)stream.Command(Targets(dice, dice.Between(-1, 1)));
    v1::MoveToRequest move;
    *move.mutable_lease() = lease;
    *move.mutable_targets() = Target("shoulder_pan", dice.Between(-1, 1)).targets();
    (void)(*connection)->Watch(client::kMoveTo, move, [](const auto&) { return true; });
    (void)SetTorque(**connection, lease, dice.Chance(0.5));
    v1::WatchStateRequest watch;
    watch.set_rate_hz(200);
    int left = static_cast<int>(dice.Below(20));
    (void)(*connection)->Watch(client::kWatchState, watch, [&](const auto&) { return --left > 0; });
  }
}

void Flood(const std::string& address, adversary::Dice& dice) {
  Say("going");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&address, seed = dice.Word()] { FloodAlone(address, seed); });
  }
}

int Run(const std::string& address, const std::string& how, adversary::Dice& dice) {
  if (how == "flood") {
    Flood(address, dice);
    return 0;
  }
  client::Address target;
  target.target = address;
  const auto connection = client::Connection::Open(target, Process::kPatience);
  if (!connection.ok()) return 3;
  const auto lease = TakeLease(**connection);
  if (lease == nullptr) return 0;
  if (how == "enable") {
    Enable(**connection, lease->ref());
    return 0;
  }
  Say("enabling");
  Say("torque " + NameOf(SetTorque(**connection, lease->ref(), true)));
  if (how == "stream") {
    Stream(**connection, lease->ref(), dice);
  } else {
    Move(**connection, lease->ref(), dice);
  }
  return 0;
}

}  // namespace
}  // namespace soarm::test

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, soarm::test::OnSignal);
  std::signal(SIGPIPE, SIG_IGN);
  soarm::adversary::Dice dice(std::strtoull(argv[3], nullptr, 10));
  return soarm::test::Run(argv[1], argv[2], dice);
}
