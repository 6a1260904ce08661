#include "server/config/settings.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <variant>

#include "common/base/listen_address.h"
#include "server/config/buses.h"

namespace soarm {
namespace {

Nanos FromSeconds(double seconds) {
  return std::chrono::round<Nanos>(std::chrono::duration<double>(seconds));
}

control::ControlOptions ControlOf(const DaemonFlags& flags, const ConfigFile& file) {
  control::ControlOptions control;
  control.rate_hz = flags.rate_hz.value_or(file.rate_hz.value_or(control.rate_hz));
  control.realtime_priority = file.realtime_priority.value_or(control.realtime_priority);
  control.cpu = file.cpu.value_or(control.cpu);
  control.require_realtime = file.require_realtime.value_or(control.require_realtime);
  if (file.hold_after_s) control.loss.hold_after = FromSeconds(*file.hold_after_s);
  if (file.soft_hold_after_s) control.loss.soft_hold_after = FromSeconds(*file.soft_hold_after_s);
  control.end_state = file.end_state.value_or(control.end_state);
  return control;
}

// A joint of a group of one of the buses.
struct Found {
  BusSettings* bus = nullptr;
  std::size_t joint = 0;
};

Found Find(std::vector<BusSettings>& buses, const std::string& group, const std::string& joint,
           bool& group_known) {
  for (BusSettings& bus : buses) {
    for (const GroupModel& candidate : bus.model.groups) {
      if (candidate.name.view() != group) continue;
      group_known = true;
      for (std::size_t i = 0; i < bus.model.joints.size(); ++i) {
        if ((candidate.joints & MaskOf(i)) == 0) continue;
        if (bus.model.joints[i].name.view() == joint) return {&bus, i};
      }
    }
  }
  return {};
}

std::string GroupNames(const std::vector<BusSettings>& buses) {
  std::string names;
  for (const BusSettings& bus : buses) {
    for (const GroupModel& group : bus.model.groups) {
      names += (names.empty() ? "" : ", ") + std::string(group.name.view());
    }
  }
  return names;
}

// The joint, or an error that says which part of the path is wrong.
Found FindOrFail(Settings& settings, const ConfigFile& file, int line, const std::string& path,
                 const std::string& group, const std::string& joint, ConfigErrors& errors) {
  bool group_known = false;
  const Found found = Find(settings.buses, group, joint, group_known);
  if (found.bus != nullptr) return found;
  if (group_known) {
    errors.push_back({file.name, line, path,
                      "group \"" + group + "\" has no joint \"" + joint + "\"",
                      "use a joint of the robot, like elbow_flex"});
  } else {
    errors.push_back({file.name, line, path, "there is no group \"" + group + "\"",
                      "use one of " + GroupNames(settings.buses)});
  }
  return {};
}

void ApplyLimits(Settings& settings, const ConfigFile& file, ConfigErrors& errors) {
  for (const LimitEntry& entry : file.limits) {
    const std::string path = "limits." + entry.group + "." + entry.joint;
    const Found found =
        FindOrFail(settings, file, entry.line, path, entry.group, entry.joint, errors);
    if (found.bus == nullptr) continue;
    JointLimits& limits = found.bus->model.limits[found.joint];
    limits.lower_rad = entry.lower_rad.value_or(limits.lower_rad);
    limits.upper_rad = entry.upper_rad.value_or(limits.upper_rad);
    limits.velocity_rad_s = entry.velocity_rad_s.value_or(limits.velocity_rad_s);
    limits.acceleration_rad_s2 = entry.acceleration_rad_s2.value_or(limits.acceleration_rad_s2);
    limits.torque_fraction = entry.torque_fraction.value_or(limits.torque_fraction);
  }
}

void ApplyPoses(Settings& settings, const ConfigFile& file, ConfigErrors& errors) {
  for (const PoseEntry& entry : file.poses) {
    const std::string path = "poses." + entry.group + "." + entry.name;
    for (const auto& [joint, rad] : entry.joints_rad) {
      const Found found = FindOrFail(settings, file, entry.line, path, entry.group, joint, errors);
      if (found.bus == nullptr) continue;
      if (found.bus->model.joints[found.joint].kind == JointKind::kPosition) continue;
      errors.push_back({file.name, entry.line, path,
                        "\"" + joint + "\" is a wheel, which has no place",
                        "name poses of arms only"});
    }
    settings.poses.push_back({.group = entry.group,
                              .name = entry.name,
                              .joints_rad = entry.joints_rad,
                              .configured = true});
  }
}

// Nobody can listen twice at one place; each Unix socket takes one more for its stop socket.
void CheckListeners(const Settings& settings, const std::string& file, ConfigErrors& errors) {
  std::map<std::string, std::string> taken;  // by whom
  const auto take = [&](const std::string& place, const std::string& by, const char* what) {
    const auto [found, is_new] = taken.emplace(place, by);
    if (is_new) return true;
    errors.push_back({file, 0, "daemon.listen",
                      "\"" + by + "\" " + what + " \"" + found->second + "\"",
                      "remove it, or choose another place"});
    return false;
  };
  for (const std::string& text : settings.listen) {
    const auto read = ParseListenAddress(text);
    const auto* address = std::get_if<ListenAddress>(&read);
    if (address == nullptr) continue;  // a complaint of its own
    if (!address->is_unix()) {
      if (address->port != 0) take(address->ToString(), text, "is the same as");
      continue;
    }
    const std::string path = std::filesystem::path(address->unix_path).lexically_normal().string();
    if (!take(path, text, "is the place, or that of the stop socket, of")) continue;
    take(path + std::string(kStopSuffix), text, "has its stop socket at the place of");
  }
}

// The endpoint that pairs is opened where TLS listens, and later: then it would be too late to say.
void CheckPairingPort(const Settings& settings, const ConfigFile& file, ConfigErrors& errors) {
  if (!settings.pairing_port) return;
  for (const std::string& text : settings.listen) {
    const auto read = ParseListenAddress(text);
    const auto* address = std::get_if<ListenAddress>(&read);
    if (address == nullptr || address->is_unix() || address->port != settings.pairing_port) {
      continue;
    }
    errors.push_back({file.name, file.pairing_port_line, "tls.pairing_port",
                      std::to_string(address->port) + " is the port of \"" + text + "\"",
                      "choose another port, or remove the key for the one after TLS's"});
  }
}

}  // namespace

std::vector<std::string> DefaultListen(const Environment& environment) {
  std::vector<std::string> listen;
  if (environment.uid == 0) {
    listen.push_back("unix:/run/soarm/soarmd.sock");
  } else if (!environment.runtime_dir.empty()) {
    listen.push_back("unix:" + environment.runtime_dir + "/soarm/soarmd.sock");
  }
  listen.push_back("127.0.0.1:50251");
  return listen;
}

std::string DefaultStateDir(const Environment& environment) {
  if (!environment.state_directory.empty()) {
    // systemd joins several with ':'; the first is ours.
    return environment.state_directory.substr(0, environment.state_directory.find(':'));
  }
  if (environment.uid == 0) return "/var/lib/soarm";
  if (!environment.state_home.empty()) return environment.state_home + "/soarm";
  return environment.home + "/.local/state/soarm";
}

void RequireRobot(const Settings& settings, ConfigErrors& errors) {
  if (!settings.buses.empty()) return;
  errors.push_back({"", 0, "", "there is no robot to run",
                    "name a tty with --port /dev/ttyACM0, configure a [[bus]], or simulate one "
                    "with --sim"});
}

Settings ComposeSettings(const DaemonFlags& flags, const ConfigFile& file,
                         const Environment& environment, ConfigErrors& errors) {
  Settings settings;
  settings.buses = ComposeBuses(flags, file, errors);
  settings.listen =
      !flags.listen.empty() ? flags.listen : file.listen.value_or(DefaultListen(environment));
  if (settings.listen.empty()) {
    errors.push_back({file.name, 0, "daemon.listen", "no address to listen on",
                      "name one, or remove the key for the defaults"});
  }
  CheckListeners(settings, flags.listen.empty() ? file.name : "", errors);
  settings.state_dir =
      flags.state_dir.value_or(file.state_dir.value_or(DefaultStateDir(environment)));
  settings.pairing_port = file.pairing_port;
  CheckPairingPort(settings, file, errors);
  settings.announce = file.announce.value_or(settings.announce);
  settings.control = ControlOf(flags, file);
  settings.log_level = flags.log_level;
  settings.sim = {flags.sim_timing, flags.sim_firmware, flags.sim_seed, flags.sim_uncalibrated};
  ApplyLimits(settings, file, errors);
  ApplyPoses(settings, file, errors);
  std::stable_sort(errors.begin(), errors.end(),
                   [](const ConfigError& a, const ConfigError& b) { return a.line < b.line; });
  return settings;
}

}  // namespace soarm
