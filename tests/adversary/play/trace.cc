#include "tests/adversary/play/trace.h"

#include <type_traits>

#include "tests/adversary/play/action.h"

namespace soarm::adversary {
namespace {

// One line, field by field: the same text for the same event, and nothing left out.
class Line {
 public:
  explicit Line(const char* name) : text_(name) {}

  Line& Add(const char* key, const std::string& value) {
    text_ += std::string(" ") + key + "=" + value;
    return *this;
  }
  Line& Add(const char* key, double value) { return Add(key, PrintNumber(value)); }
  template <typename T>
    requires std::is_integral_v<T>
  Line& Add(const char* key, T value) {
    return Add(key, std::to_string(value));
  }
  template <typename T>
    requires std::is_enum_v<T>
  Line& Add(const char* key, T value) {
    return Add(key, static_cast<int>(value));
  }
  Line& Add(const char* key, const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += (text.empty() ? "" : ",") + value;
    return Add(key, text);
  }
  Line& Add(const Shown& shown) { return Add("lease", shown.lease).Add("proof", shown.proof); }
  Line& Add(const std::vector<FrameSent::Target>& targets) {
    for (const FrameSent::Target& target : targets) {
      Add(("joint" + std::to_string(target.joint)).c_str(), target.value);
    }
    return *this;
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

std::string Bytes(const std::vector<std::uint8_t>& data) {
  std::string text;
  for (const std::uint8_t byte : data) text += (text.empty() ? "" : ",") + std::to_string(byte);
  return text;
}

struct Printer {
  std::string operator()(const LeaseAsked& e) const {
    return Line("acquire")
        .Add("client", e.client)
        .Add("groups", e.groups)
        .Add("rank", e.rank)
        .Add("preempt", e.preempt)
        .Add("ttl", e.ttl)
        .Add("granted", e.granted)
        .Add("granted_ttl", e.granted_ttl)
        .Add("granted_groups", e.granted_groups)
        .Add("reason", e.reason)
        .text();
  }
  std::string operator()(const LeaseRenewed& e) const {
    return Line("renew").Add(e.lease).Add("ok", e.ok).text();
  }
  std::string operator()(const LeaseReleased& e) const {
    return Line("release").Add(e.lease).Add("ok", e.ok).text();
  }
  std::string operator()(const ScaleSet& e) const {
    return Line("scale").Add(e.lease).Add("scale", e.scale).Add("ok", e.ok).text();
  }
  std::string operator()(const StreamOpened& e) const {
    return Line("stream-opened").Add("client", e.client).Add("stream", e.stream).text();
  }
  std::string operator()(const StreamClosed& e) const {
    return Line("stream-closed").Add("stream", e.stream).text();
  }
  std::string operator()(const StreamEnded& e) const {
    return Line("stream-ended").Add("stream", e.stream).Add("reason", e.reason).text();
  }
  std::string operator()(const FrameSent& e) const {
    return Line("frame")
        .Add("stream", e.stream)
        .Add("seq", e.seq)
        .Add("group", e.group)
        .Add(e.lease)
        .Add("not_after", e.not_after)
        .Add(e.targets)
        .Add("posted", e.posted)
        .Add("reason", e.reason)
        .text();
  }
  std::string operator()(const VerdictSeen& e) const {
    return Line("verdict")
        .Add("stream", e.stream)
        .Add("first", e.first_seq)
        .Add("last", e.last_seq)
        .Add("verdict", e.verdict)
        .Add("decided_at", e.decided_at)
        .text();
  }
  std::string operator()(const MoveAsked& e) const {
    return Line("move")
        .Add("call", e.call)
        .Add("group", e.group)
        .Add(e.lease)
        .Add(e.targets)
        .Add("scale", e.speed_scale)
        .Add("at_least", e.at_least)
        .text();
  }
  std::string operator()(const MoveCancelled& e) const {
    return Line("cancel").Add("call", e.call).text();
  }
  std::string operator()(const CallAsked& e) const {
    std::string joints;
    for (const std::size_t joint : e.joints) joints += std::to_string(joint) + ",";
    return Line("call")
        .Add("call", e.call)
        .Add("kind", e.kind)
        .Add("group", e.group)
        .Add("joints", joints)
        .Add(e.lease)
        .text();
  }
  std::string operator()(const CallAbandoned& e) const {
    return Line("abandoned").Add("call", e.call).text();
  }
  std::string operator()(const CallAnswered& e) const {
    return Line("answered").Add("call", e.call).Add("ok", e.ok).Add("reason", e.reason).text();
  }
  std::string operator()(const StopAsked& e) const {
    return Line("stop")
        .Add("groups", e.groups)
        .Add("level", e.level)
        .Add("id", e.id)
        .Add("not_reached", e.not_reached)
        .text();
  }
  std::string operator()(const StopReported& e) const {
    return Line("stop-reported")
        .Add("id", e.id)
        .Add("not_reached", e.not_reached)
        .Add("kept", e.kept)
        .text();
  }
  std::string operator()(const StopCleared& e) const {
    return Line("clear").Add("id", e.id).Add("cleared", e.cleared).Add("kept", e.kept).text();
  }
  std::string operator()(const WorldDid& e) const {
    return Line("world")
        .Add("what", e.what)
        .Add("bus", e.bus)
        .Add("joint", e.joint)
        .Add("all", e.all_joints)
        .Add("value", e.value)
        .Add("address", e.address)
        .Add("data", Bytes(e.data))
        .text();
  }
  std::string operator()(const ProcessDid& e) const {
    return Line("process")
        .Add("fate", e.fate)
        .Add("span", e.span)
        .Add("limp", e.limp)
        .Add("confirmed", e.confirmed)
        .Add("not_reached", e.not_reached)
        .text();
  }
  std::string operator()(const StateSeen& e) const {
    Line line("state");
    line.Add("tick", e.tick);
    for (const bool open : e.bus_open) line.Add("open", open);
    for (const GroupSays& group : e.groups) {
      line.Add("mode", group.mode).Add("cause", group.cause);
      if (group.cause_joint != SIZE_MAX) line.Add("cause_joint", group.cause_joint);
    }
    for (const JointSays& joint : e.joints) {
      line.Add("position", joint.position_rad)
          .Add("requested", joint.requested)
          .Add("applied", joint.applied)
          .Add("torque", joint.torque_on)
          .Add("stale", joint.stale)
          .Add("sampled_at", joint.sampled_at)
          .Add("faults", joint.fault_names)
          .Add("bits", joint.faults);
    }
    return line.text();
  }
  std::string operator()(const WrittenByHost& e) const {
    return Line("written")
        .Add("bus", e.bus)
        .Add("servo", e.servo_id)
        .Add("instruction", e.instruction)
        .Add("address", e.address)
        .Add("data", Bytes(e.data))
        .text();
  }
};

// What is worth a line when it changes: modes and faults, not every position.
std::string Essence(const StateSeen& state) {
  Line line("state");
  for (const bool open : state.bus_open) line.Add("open", open);
  for (const GroupSays& group : state.groups) {
    line.Add("mode", group.mode).Add("cause", group.cause);
  }
  for (std::size_t i = 0; i < state.joints.size(); ++i) {
    const JointSays& joint = state.joints[i];
    if (!joint.fault_names.empty()) line.Add(std::to_string(i).c_str(), joint.fault_names);
  }
  return line.text();
}

}  // namespace

std::string PrintEvent(const Event& event) {
  return "t=" + PrintSpan(event.at) + " " + std::visit(Printer(), event.what);
}

void HashingAudience::Add(const void* data, std::size_t size) noexcept {
  const auto* bytes = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < size; ++i) hash_ = (hash_ ^ bytes[i]) * 0x100000001b3ULL;
}

void HashingAudience::Begin(const SceneFacts& scene) {
  if (next_ != nullptr) next_->Begin(scene);
}

void HashingAudience::On(const Event& event) {
  const std::string text = PrintEvent(event);
  Add(text.data(), text.size());
  if (next_ != nullptr) next_->On(event);
}

void HashingAudience::On(const TruthFrame& frame) {
  Add(frame.at);
  for (const ShaftTruth& shaft : frame.shafts) {
    Add(shaft.angle_rad);
    Add(shaft.speed_rad_s);
    Add(shaft.motor_torque_nm);
    Add(shaft.goal_raw);
    Add(shaft.speed_goal_raw);
    Add(shaft.torque_limit);
    Add(shaft.mode);
    Add(shaft.status_bits);
    Add(shaft.attached);
    Add(shaft.powered);
    Add(shaft.torque_on);
  }
  if (next_ != nullptr) next_->On(frame);
}

void HashingAudience::End(Time at) {
  Add(at);
  if (next_ != nullptr) next_->End(at);
}

void TracingAudience::Begin(const SceneFacts& scene) {
  for (std::size_t i = 0; i < scene.joints.size(); ++i) {
    const JointFacts& joint = scene.joints[i];
    std::fprintf(out_, "joint %zu %s/%s bus %zu servo %d %.3f..%.3f\n", i, joint.group.c_str(),
                 joint.name.c_str(), joint.bus, joint.servo_id, joint.lower_rad, joint.upper_rad);
  }
  if (next_ != nullptr) next_->Begin(scene);
}

void TracingAudience::On(const Event& event) {
  if (const auto* state = std::get_if<StateSeen>(&event.what)) {
    std::string essence = Essence(*state);
    if (essence != last_state_) {
      std::fprintf(out_, "t=%s %s\n", PrintSpan(event.at).c_str(), essence.c_str());
    }
    last_state_ = std::move(essence);
  } else {
    std::fprintf(out_, "%s\n", PrintEvent(event).c_str());
  }
  if (next_ != nullptr) next_->On(event);
}

void TracingAudience::On(const TruthFrame& frame) {
  if (truth_every_ > 0 && frame.at % truth_every_ == 0) {
    std::fprintf(out_, "t=%s truth", PrintSpan(frame.at).c_str());
    for (const ShaftTruth& shaft : frame.shafts) {
      std::fprintf(out_, " %.4f(%+.2f)%s", shaft.angle_rad, shaft.speed_rad_s,
                   !shaft.powered    ? "!"
                   : shaft.torque_on ? "*"
                                     : "");
    }
    std::fprintf(out_, "\n");
  }
  if (next_ != nullptr) next_->On(frame);
}

void TracingAudience::End(Time at) {
  if (next_ != nullptr) next_->End(at);
}

}  // namespace soarm::adversary
