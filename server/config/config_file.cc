#include "server/config/config_file.h"

#include <algorithm>
#include <array>

#include "common/base/listen_address.h"
#include "common/base/name_rule.h"
#include "common/base/units.h"
#include "server/config/rate_range.h"
#include "server/config/toml_reader.h"
#include "server/config/toml_text.h"
#include "server/core/robot_model.h"

namespace soarm {
namespace {

constexpr std::array<std::int64_t, 8> kBauds = {1'000'000, 500'000, 250'000, 128'000,
                                                115'200,   76'800,  57'600,  38'400};

void ReadDaemon(const toml::table& table, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "daemon", file.name, errors);
  file.listen = reader.Strings("listen");
  for (const std::string& address : file.listen.value_or(std::vector<std::string>{})) {
    const auto read = ParseListenAddress(address);
    if (const auto* bad = std::get_if<BadAddress>(&read)) {
      reader.Fail(reader.PlaceOf("listen"), "\"" + address + "\" " + bad->what, bad->fix);
    }
  }
  file.state_dir = reader.String("state_dir");
  if (file.state_dir && !file.state_dir->starts_with('/')) {
    reader.Fail(reader.PlaceOf("state_dir"), "\"" + *file.state_dir + "\" is not absolute",
                "write a path that starts with /");
  }
  if (const auto end = reader.OneOf("end_state", {"hold", "limp", "park"})) {
    if (*end == "park") {
      reader.Fail(reader.PlaceOf("end_state"), "parking is not in this version",
                  "use \"hold\" or \"limp\"");
    }
    file.end_state = *end == "limp" ? control::EndState::kLimp : control::EndState::kHold;
  }
  file.require_realtime = reader.Bool("require_realtime");
  reader.Finish();
}

void ReadControl(const toml::table& table, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "control", file.name, errors);
  const toml::node* rate = reader.Node("rate_hz");
  if (rate != nullptr && rate->is_string() && rate->as_string()->get() == "max") {
    file.rate_hz = 0;
  } else if (rate != nullptr && rate->is_string()) {
    reader.Fail(reader.PlaceOf("rate_hz"), "\"" + rate->as_string()->get() + "\" is not a rate",
                "write a number from 50 to 1000, or \"max\"");
  } else {
    file.rate_hz =
        reader.NumberFrom("rate_hz", kSlowestRate_hz, kFastestRate_hz, "Hz", kWhyNotSlower);
  }
  if (const auto priority = reader.Integer("realtime_priority", 1, 99)) {
    file.realtime_priority = static_cast<int>(*priority);
  }
  if (const auto cpu = reader.Integer("cpu", 0, 1023)) file.cpu = static_cast<int>(*cpu);
  reader.Finish();
}

void CheckName(TomlReader& reader, std::string_view key, std::string_view name) {
  if (IsName(name)) return;
  reader.Fail(reader.PlaceOf(key), "\"" + std::string(name) + "\" is not a name",
              std::string(kNameRule));
}

std::optional<Role> RoleOf(std::string_view text) {
  if (text == "FOLLOWER") return Role::kFollower;
  if (text == "LEADER") return Role::kLeader;
  if (text == "LEADER_ACTUATED") return Role::kLeaderActuated;
  if (text == "UNKNOWN") return Role::kUnknown;
  return std::nullopt;
}

void ReadBus(const toml::table& table, std::size_t index, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "bus[" + std::to_string(index) + "]", file.name, errors);
  BusEntry bus;
  bus.line = reader.place().line;
  if (const auto name = reader.String("name")) {
    CheckName(reader, "name", *name);
    bus.name = *name;
  } else if (table.get("name") == nullptr) {
    reader.Fail(reader.place(), "the bus has no name", "add name = \"arm\"");
  }
  const auto device = reader.String("device");
  bus.device = device.value_or("");
  reader.Unsupported("usb", "finding adapters by USB identity is not in this version",
                     "name the tty: device = \"/dev/serial/by-id/...\"");
  if (table.get("device") == nullptr && table.get("usb") == nullptr) {
    reader.Fail(reader.place(), "the bus has no device", "add device = \"/dev/ttyACM0\"");
  } else if (device && !device->starts_with('/')) {
    reader.Fail(reader.PlaceOf("device"), "\"" + bus.device + "\" is not an absolute path",
                "write a path like /dev/ttyACM0");
  }
  if (const auto baud = reader.Integer("baud", 1, 10'000'000)) {
    bus.baud = static_cast<std::uint32_t>(*baud);
    if (std::find(kBauds.begin(), kBauds.end(), *baud) == kBauds.end()) {
      reader.Fail(reader.PlaceOf("baud"), std::to_string(*baud) + " is not a speed of these servos",
                  "use 1000000");
    }
  }
  const auto robots = RobotModelNames();
  if (const auto robot = reader.OneOf("robot", {robots.begin(), robots.end()})) bus.robot = *robot;
  if (const auto role =
          reader.OneOf("role", {"FOLLOWER", "LEADER", "LEADER_ACTUATED", "UNKNOWN"})) {
    bus.role = RoleOf(*role);
  }
  if (const auto group = reader.String("group")) {
    CheckName(reader, "group", *group);
    bus.group = *group;
  }
  reader.Finish();
  for (const BusEntry& other : file.buses) {
    if (!bus.name.empty() && other.name == bus.name) {
      reader.Fail(reader.PlaceOf("name"),
                  "\"" + bus.name + "\" is already the name of the bus in line " +
                      std::to_string(other.line),
                  "give each bus a name of its own");
    }
    if (!bus.device.empty() && other.device == bus.device) {
      reader.Fail(reader.PlaceOf("device"),
                  bus.device + " is already the device of bus \"" + other.name + "\"",
                  "give each bus a device of its own");
    }
  }
  file.buses.push_back(std::move(bus));
}

void ReadLimit(const toml::table& table, const std::string& group, const std::string& joint,
               ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "limits." + group + "." + joint, file.name, errors);
  LimitEntry limit;
  limit.group = group;
  limit.joint = joint;
  limit.line = reader.place().line;
  limit.lower_rad = reader.Number("lower_rad", -2 * kPi, 2 * kPi, "rad");
  limit.upper_rad = reader.Number("upper_rad", -2 * kPi, 2 * kPi, "rad");
  limit.velocity_rad_s = reader.Number("velocity_rad_s", 0, 20, "rad/s");
  limit.acceleration_rad_s2 = reader.Number("acceleration_rad_s2", 0, 400, "rad/s2");
  limit.torque_fraction = reader.NumberFrom("torque_fraction", 0.1, 1, "of the servo's maximum",
                                            "with less a joint holds nothing");
  reader.Finish();
  if (limit.lower_rad && limit.upper_rad && *limit.lower_rad >= *limit.upper_rad) {
    reader.Fail(reader.PlaceOf("lower_rad"), "lower_rad is not below upper_rad",
                "swap them, or widen the range");
  }
  file.limits.push_back(std::move(limit));
}

void ReadPose(const toml::table& table, const std::string& group, const std::string& name,
              ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "poses." + group + "." + name, file.name, errors);
  PoseEntry pose;
  pose.group = group;
  pose.name = name;
  pose.line = reader.place().line;
  if (!IsName(name)) {
    reader.Fail(reader.place(), "\"" + name + "\" is not a name for a pose",
                std::string(kNameRule));
  }
  for (const auto& [joint, node] : table) {
    const std::string key(joint.str());
    if (const auto rad = reader.Number(key, -4 * kPi, 4 * kPi, "rad")) pose.joints_rad[key] = *rad;
  }
  if (table.empty()) reader.Fail(reader.place(), "the pose is empty", "add elbow_flex = 0.5");
  file.poses.push_back(std::move(pose));
}

// [what.GROUP.NAME] tables, each handed to `read`.
void ReadTwoDeep(const toml::table& table, const std::string& what, ConfigFile& file,
                 ConfigErrors& errors, auto read) {
  TomlReader groups(table, what, file.name, errors);
  for (const auto& [group_key, group_node] : table) {
    const std::string group(group_key.str());
    const toml::table* inner = groups.Table(group);
    if (inner == nullptr) continue;
    TomlReader names(*inner, what + "." + group, file.name, errors);
    for (const auto& [name_key, name_node] : *inner) {
      const std::string name(name_key.str());
      const toml::table* leaf = names.Table(name);
      if (leaf != nullptr) read(*leaf, group, name, file, errors);
    }
  }
}

void ReadLoss(const toml::table& table, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "loss", file.name, errors);
  file.hold_after_s = reader.Number("hold_after_s", 0, 10, "s");
  file.soft_hold_after_s = reader.Number("soft_hold_after_s", 0, 3600, "s");
  reader.Unsupported("park_after_s", "parking is not in this version", "remove the key");
  reader.Finish();
  // What is not written is so as well, and has its step on the ladder.
  const control::LossLadder usual;
  const double hold_s = file.hold_after_s.value_or(ToSeconds(usual.hold_after));
  const double soft_hold_s = file.soft_hold_after_s.value_or(ToSeconds(usual.soft_hold_after));
  if (hold_s > soft_hold_s) {
    const auto value = [](double seconds, bool written) {
      return NumberText(seconds) + (written ? " s" : " s by default");
    };
    reader.Fail(reader.PlaceOf(file.soft_hold_after_s ? "soft_hold_after_s" : "hold_after_s"),
                "the ladder's second step comes first: soft_hold_after_s is " +
                    value(soft_hold_s, file.soft_hold_after_s.has_value()) + ", hold_after_s " +
                    value(hold_s, file.hold_after_s.has_value()),
                "make soft_hold_after_s at least hold_after_s");
  }
}

void ReadTls(const toml::table& table, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "tls", file.name, errors);
  if (const auto port = reader.Integer("pairing_port", 1, 65535)) {
    file.pairing_port = static_cast<std::uint16_t>(*port);
    file.pairing_port_line = reader.PlaceOf("pairing_port").line;
  }
  file.announce = reader.Bool("announce");
  reader.Finish();
}

void ReadTop(const toml::table& table, ConfigFile& file, ConfigErrors& errors) {
  TomlReader reader(table, "", file.name, errors);
  if (const auto* daemon = reader.Table("daemon")) ReadDaemon(*daemon, file, errors);
  if (const auto* control = reader.Table("control")) ReadControl(*control, file, errors);
  std::size_t index = 0;
  for (const toml::table* bus : reader.Tables("bus")) ReadBus(*bus, index++, file, errors);
  if (const auto* limits = reader.Table("limits")) {
    ReadTwoDeep(*limits, "limits", file, errors, ReadLimit);
  }
  if (const auto* poses = reader.Table("poses")) {
    ReadTwoDeep(*poses, "poses", file, errors, ReadPose);
  }
  if (const auto* loss = reader.Table("loss")) ReadLoss(*loss, file, errors);
  if (const auto* tls = reader.Table("tls")) ReadTls(*tls, file, errors);
  reader.Unsupported("metrics", "metrics are not in this version", "remove the table");
  reader.Unsupported("camera", "cameras are not in this version", "remove the table");
  reader.Finish();
}

}  // namespace

ConfigFile ParseConfigFile(std::string_view text, std::string_view name, ConfigErrors& errors) {
  ConfigFile file;
  file.name = name;
  ConfigErrors found;
  const auto parsed = ParseToml(text, name);
  if (const auto* fault = std::get_if<TomlFault>(&parsed)) {
    found.push_back({file.name, fault->line, "", fault->what, fault->fix});
  } else {
    ReadTop(std::get<toml::table>(parsed), file, found);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
  errors.insert(errors.end(), found.begin(), found.end());
  return file;
}

}  // namespace soarm
