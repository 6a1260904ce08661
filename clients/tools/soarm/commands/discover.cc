#include <cmath>
#include <map>

#include "clients/cpp/error.h"
#include "clients/cpp/paired_robots.h"
#include "clients/discovery/search.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

// What the paired robots are called here, by their fingerprints.
std::map<std::string, std::string> NamesOfPaired(const std::string& folder) {
  std::map<std::string, std::string> names;
  if (folder.empty()) return names;
  for (const std::string& name : client::PairedRobotNames(folder)) {
    const std::string fingerprint = client::FingerprintOfPaired(folder, name);
    if (!fingerprint.empty()) names.emplace(fingerprint, name);
  }
  return names;
}

std::string NameOf(const std::map<std::string, std::string>& paired,
                   const client::FoundRobot& robot) {
  const auto known = paired.find(robot.fingerprint);
  return known == paired.end() ? "" : known->second;
}

std::string ToJsonText(const std::vector<client::FoundRobot>& robots,
                       const std::map<std::string, std::string>& paired) {
  std::string all;
  for (const client::FoundRobot& robot : robots) {
    std::string addresses;
    for (const std::string& address : robot.addresses) {
      addresses += (addresses.empty() ? "" : ", ") + JsonString(address);
    }
    all += (all.empty() ? "\n  " : ",\n  ");
    all += "{\"name\": " + JsonString(robot.name) + ", \"addresses\": [" + addresses +
           "], \"version\": " + JsonString(robot.version) +
           ", \"fingerprint\": " + JsonString(robot.fingerprint) +
           ", \"paired_as\": " + JsonString(NameOf(paired, robot)) + "}";
  }
  return "{\"robots\": [" + all + "\n]}\n";
}

std::string ToTable(const std::vector<client::FoundRobot>& robots,
                    const std::map<std::string, std::string>& paired) {
  Table table({{"robot"}, {"address"}, {"version"}, {"paired"}});
  for (const client::FoundRobot& robot : robots) {
    const std::string name = NameOf(paired, robot);
    table.Add({robot.name, robot.addresses[0], robot.version.empty() ? "-" : robot.version,
               name.empty() ? "not paired" : "as " + name});
  }
  return table.Render();
}

}  // namespace

absl::Status RunDiscover(Session& session, const DiscoverOptions& options) {
  const auto found = client::FindRobots(
      Nanos(static_cast<std::int64_t>(std::llround(options.seconds * 1e9))), session.stop);
  if (session.stop.stop_requested()) return client::InterruptedError();
  return found.ok() ? ShowFound(session, *found, options) : found.status();
}

absl::Status ShowFound(Session& session, const client::Findings& found,
                       const DiscoverOptions& options) {
  const std::vector<client::FoundRobot> robots = found.Robots();
  if (robots.empty()) {
    return soarm::Refuse(
        absl::StatusCode::kNotFound, "NO_ROBOT_FOUND", "",
        "No robot has announced itself on this network within " + Fixed(options.seconds, 1) + " s.",
        "Run `soarm pair open` on the robot, whose daemon listens at a tls: address that "
        "this network reaches; where it has no avahi-daemon, name its address.");
  }
  const auto paired = NamesOfPaired(session.surroundings.config_folder);
  session.output.Print(session.output.json() ? ToJsonText(robots, paired)
                                             : ToTable(robots, paired));
  if (found.left_out() > 0) {
    session.output.Note(std::to_string(found.left_out()) + " more answers are left out.\n");
  }
  session.output.Note(
      "Anybody can announce anything: who a robot is shows when it is connected to.\n");
  return absl::OkStatus();
}

}  // namespace soarm::cli
