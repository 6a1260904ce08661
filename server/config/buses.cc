#include "server/config/buses.h"

#include <set>

namespace soarm {
namespace {

bool Taken(const std::vector<BusSettings>& buses, const std::string& name) {
  for (const BusSettings& bus : buses) {
    if (bus.name == name) return true;
    for (const GroupModel& group : bus.model.groups) {
      if (group.name.view() == name) return true;
    }
  }
  return false;
}

// `own`: what the bus that is named has given away so far.
std::string FreeName(const std::vector<BusSettings>& buses, const std::string& wanted,
                     const std::set<std::string>& own = {}) {
  std::string name = wanted;
  for (int number = 2; Taken(buses, name) || own.contains(name); ++number) {
    name = wanted + std::to_string(number);
  }
  return name;
}

// The arm of a robot is its first group.
void NameGroups(const std::vector<BusSettings>& others, BusSettings& bus, const std::string& arm) {
  if (!arm.empty()) bus.model.groups[0].name = Name(arm);
  std::set<std::string> own = {std::string(bus.model.groups[0].name.view())};
  for (std::size_t i = 1; i < bus.model.groups.size(); ++i) {
    const std::string wanted(bus.model.groups[i].name.view());
    bus.model.groups[i].name = Name(*own.insert(FreeName(others, wanted, own)).first);
  }
}

// A bus from the command line; `name` may be empty.
BusSettings FromFlags(const std::vector<BusSettings>& others, const std::string& robot,
                      const std::string& name) {
  BusSettings bus;
  bus.robot = robot;
  bus.model = *FindRobotModel(robot);
  const std::string arm(bus.model.groups[0].name.view());
  bus.name = name.empty() ? FreeName(others, arm) : name;
  NameGroups(others, bus, bus.name);
  return bus;
}

BusSettings FromEntry(const std::vector<BusSettings>& others, const BusEntry& entry,
                      bool simulated) {
  BusSettings bus;
  bus.name = entry.name;
  bus.device = simulated ? "" : entry.device;
  bus.baud = entry.baud;
  bus.simulated = simulated;
  bus.robot = entry.robot;
  bus.model = *FindRobotModel(entry.robot);
  NameGroups(others, bus, entry.group);
  if (entry.role) bus.model.groups[0].role = *entry.role;
  return bus;
}

// `configured` are the file's buses that no flag has moved yet.
void AddPort(std::vector<BusSettings>& buses, std::set<std::string>& configured,
             const NamedValue& port, const std::string& robot) {
  const std::string wanted =
      !port.name.empty() ? port.name : std::string(FindRobotModel(robot)->groups[0].name.view());
  if (configured.erase(wanted) > 0) {
    for (BusSettings& bus : buses) {
      if (bus.name == wanted) bus.device = port.value;
    }
    return;
  }
  BusSettings bus = FromFlags(buses, robot, port.name);
  bus.device = port.value;
  buses.push_back(std::move(bus));
}

void CheckDuplicates(const std::vector<BusSettings>& buses, const ConfigFile& file,
                     ConfigErrors& errors) {
  for (std::size_t i = 0; i < buses.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (buses[i].name == buses[k].name) {
        errors.push_back({"", 0, buses[i].name, "two buses have this name",
                          "give each its own: NAME=PATH, NAME=MODEL"});
        continue;
      }
      if (!buses[i].device.empty() && buses[i].device == buses[k].device) {
        errors.push_back({"", 0, buses[i].device, "two buses are on this tty",
                          "give each bus a tty of its own"});
      }
      for (const GroupModel& group : buses[i].model.groups) {
        for (const GroupModel& other : buses[k].model.groups) {
          if (!(group.name == other.name.view())) continue;
          errors.push_back({file.name, 0, "bus[" + std::to_string(i) + "].group",
                            "buses \"" + buses[k].name + "\" and \"" + buses[i].name +
                                "\" both have a group \"" + std::string(group.name.view()) + "\"",
                            "set group = \"left_arm\" on one of them"});
        }
      }
    }
  }
}

void CheckGroupCount(const std::vector<BusSettings>& buses, ConfigErrors& errors) {
  std::size_t count = 0;
  for (const BusSettings& bus : buses) count += bus.model.groups.size();
  if (count <= kMaxRobotGroups) return;
  errors.push_back({"", 0, "bus",
                    "the buses have " + std::to_string(count) +
                        " groups of joints, and one soarmd drives at most " +
                        std::to_string(kMaxRobotGroups),
                    "run a second soarmd, with its own listen and state_dir, for some of them"});
}

}  // namespace

std::vector<BusSettings> ComposeBuses(const DaemonFlags& flags, const ConfigFile& file,
                                      ConfigErrors& errors) {
  std::vector<BusSettings> buses;
  if (flags.models.empty()) {
    for (const BusEntry& entry : file.buses) buses.push_back(FromEntry(buses, entry, flags.sim));
  }
  std::set<std::string> configured;
  for (const BusSettings& bus : buses) {
    if (!bus.simulated) configured.insert(bus.name);
  }
  if (flags.sim && buses.empty()) {
    const std::vector<NamedValue> one = {{"", "so101"}};
    for (const NamedValue& model : flags.models.empty() ? one : flags.models) {
      BusSettings bus = FromFlags(buses, model.value, model.name);
      bus.simulated = true;
      buses.push_back(std::move(bus));
    }
  }
  for (const NamedValue& port : flags.ports) AddPort(buses, configured, port, "so101");
  for (const NamedValue& port : flags.leader_ports) {
    AddPort(buses, configured, port, "so101_leader");
  }
  CheckDuplicates(buses, file, errors);
  CheckGroupCount(buses, errors);
  return buses;
}

}  // namespace soarm
