#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "tests/adversary/judge/judge.h"

namespace soarm::adversary {

// Tells the judge a made-up play: an arm of two joints, a base of one wheel and a leader of one
// joint. Truth and states agree unless a test makes them lie. Not thread-safe.
class Story {
 public:
  static constexpr std::size_t kPan = 0, kLift = 1, kWheel = 2, kLeader = 3;
  static constexpr Time kMs = 1'000'000;
  static constexpr std::uint64_t kStream = 7;

  Story() {
    SceneFacts scene;
    scene.groups = {{.name = "arm"},
                    {.name = "base", .kind = Kind::kVelocity},
                    {.name = "leader", .bus = 1, .writable = false}};
    const JointFacts joint{.group = "arm",
                           .lower_rad = -2,
                           .upper_rad = 2,
                           .velocity_limit_rad_s = 3,
                           .acceleration_limit_rad_s2 = 30};
    for (const char* name : {"pan", "lift", "wheel", "leader"}) {
      scene.joints.push_back(joint);
      scene.joints.back().name = name;
      scene.joints.back().servo_id = static_cast<std::uint8_t>(scene.joints.size());
    }
    scene.joints[kLift].weightless = true;  // in this story
    scene.joints[kWheel].group = "base";
    scene.joints[kWheel].kind = Kind::kVelocity;
    scene.joints[kLeader].group = "leader";
    scene.joints[kLeader].bus = 1;
    frame_.shafts.assign(scene.joints.size(), {.torque_limit = 1000});
    state_.bus_open = {true, true};
    state_.groups.assign(scene.groups.size(), {.mode = ModeName::kLimp});
    state_.joints.resize(scene.joints.size());
    judge_.Begin(scene);
    Tell(ProcessDid{.fate = ProcessFate::kStarted});
    Rest(10);
  }

  Time now() const { return now_; }
  ShaftTruth& shaft(std::size_t joint) { return frame_.shafts[joint]; }
  void Tell(What what) { judge_.On(Event{now_, std::move(what)}); }
  void SetMode(std::size_t group, ModeName mode) { state_.groups[group].mode = mode; }

  // Milliseconds go by; `each` may change the truth, `lie` what is said of it.
  void Rest(int milliseconds, const std::function<void()>& each = {}) {
    for (int i = 0; i < milliseconds; ++i) {
      now_ += kMs;
      if (each) each();
      frame_.at = now_;
      judge_.On(frame_);
      if (now_ % (5 * kMs) == 0) Say();
    }
  }
  // The daemon stands still so long; the world does not.
  void Freeze(int milliseconds) {
    Tell(ProcessDid{.fate = ProcessFate::kFrozen, .span = milliseconds * kMs});
    for (int i = 0; i < milliseconds; ++i) {
      frame_.at = now_ += kMs;
      judge_.On(frame_);
    }
  }
  // One joint goes at that speed.
  void Glide(std::size_t joint, double to_rad, double speed_rad_s,
             const std::function<void()>& each = {}) {
    ShaftTruth& shaft = frame_.shafts[joint];
    while (std::abs(to_rad - shaft.angle_rad) > 1e-9) {
      const double way = to_rad - shaft.angle_rad;
      shaft.speed_rad_s = std::copysign(speed_rad_s, way);
      Rest(1, [&] {
        if (each) each();
        shaft.angle_rad += std::copysign(std::min(std::abs(way), speed_rad_s * 1e-3), way);
      });
    }
    shaft.speed_rad_s = 0;
  }

  // --- an honest play's beginning
  void Acquire(LeaseNumber lease = 1, Time ttl = 20'000 * kMs) {
    Tell(LeaseAsked{.granted = lease, .granted_ttl = ttl, .granted_groups = {"arm", "base"}});
  }
  void Enable(const std::string& group = "arm", LeaseNumber lease = 1) {
    const std::uint32_t call = ++calls_;
    Tell(CallAsked{.call = call, .group = group, .lease = {lease, Proof::kGenuine}});
    Rest(50);
    for (const std::size_t joint : JointsOf(group)) shaft(joint).torque_on = true;
    SetMode(group == "arm" ? 0 : 1, ModeName::kHold);
    Rest(20);
    Tell(CallAnswered{.call = call, .ok = true});
  }
  void Open(std::uint64_t stream = kStream) { Tell(StreamOpened{.stream = stream}); }

  FrameSent FrameOf(std::size_t joint, double value, std::uint64_t stream = kStream) {
    return {.stream = stream,
            .seq = ++seq_,
            .group = joint == kWheel ? "base" : "arm",
            .lease = {1, Proof::kGenuine},
            .not_after = now_ + 200 * kMs,
            .targets = {{joint, value}},
            .posted = true};
  }
  std::uint64_t Send(FrameSent frame, VerdictName verdict = VerdictName::kApplied) {
    const std::uint64_t seq = frame.seq;
    const std::uint64_t stream = frame.stream;
    Tell(std::move(frame));
    Tell(VerdictSeen{stream, seq, seq, verdict, now_});
    return seq;
  }
  // A frame each 20 ms, the first one at once.
  std::function<void()> Streaming(std::size_t joint, double value) {
    return [this, joint, value, since = now_ + kMs] {
      if ((now_ - since) % (20 * kMs) == 0) Send(FrameOf(joint, value));
    };
  }
  // Lease, torque and a stream that has taken `pan` to `to_rad`.
  void Drive(double to_rad, double speed_rad_s = 2.5) {
    Acquire();
    Enable();
    Open();
    SetMode(0, ModeName::kFollow);
    Glide(kPan, to_rad, speed_rad_s, Streaming(kPan, to_rad));
  }
  // The wheel rolls at 3 rad/s.
  void Roll() {
    Acquire();
    Enable("base");
    Open();
    SetMode(1, ModeName::kFollow);
    shaft(kWheel).speed_rad_s = 3;
    Rest(500, Streaming(kWheel, 3));
  }
  void Stop(StopRank level = StopRank::kHold) {
    Tell(StopAsked{.level = level, .id = "stop"});
    for (std::size_t group = 0; group < 2; ++group) {
      if (state_.groups[group].mode != ModeName::kLimp) SetMode(group, ModeName::kHold);
    }
  }

  // The names of all rules that were broken, each once, in order.
  std::string Found() {
    judge_.End(now_);
    std::vector<std::string> names;
    for (const Violation& violation : judge_.violations()) names.push_back(violation.rule);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
    return all;
  }

  // What the states say otherwise than is true.
  std::function<void(StateSeen&)> lie;

 private:
  static std::vector<std::size_t> JointsOf(const std::string& group) {
    if (group == "arm") return {kPan, kLift};
    return {kWheel};
  }
  void Say() {
    StateSeen seen = state_;
    seen.tick = ++ticks_;
    for (std::size_t i = 0; i < seen.joints.size(); ++i) {
      const ShaftTruth& truth = frame_.shafts[i];
      seen.joints[i].position_rad = truth.angle_rad;
      seen.joints[i].torque_on = truth.torque_on && truth.powered;
      seen.joints[i].stale = !truth.powered || !truth.attached;
      seen.joints[i].sampled_at = now_;
    }
    if (lie) lie(seen);
    Tell(std::move(seen));
  }

  Judge judge_;
  Time now_ = 0;
  TruthFrame frame_;
  StateSeen state_;
  std::uint64_t ticks_ = 0;
  std::uint64_t seq_ = 0;
  std::uint32_t calls_ = 0;
};

}  // namespace soarm::adversary
