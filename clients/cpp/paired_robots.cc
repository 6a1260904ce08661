#include "clients/cpp/paired_robots.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"

namespace soarm::client {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestName = 40;
constexpr char kAbout[] = "/robot.json";
constexpr char kAuthority[] = "/robot.crt";
constexpr char kCertificate[] = "/client.crt";
constexpr char kKey[] = "/client.key";

std::string FolderOf(const std::string& folder, std::string_view name) {
  return folder + "/robots/" + std::string(name);
}

absl::Status BadFile(const std::string& path, const std::string& why, std::string_view name) {
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_ROBOT_FILE", path,
                path + " cannot be used: " + why + ".",
                "Pair with " + std::string(name) + " again: `soarm pair open` on the robot.");
}

}  // namespace

bool IsRobotName(std::string_view name) {
  constexpr std::string_view kFirst =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const std::string all = std::string(kFirst) + "_-.";
  return !name.empty() && name.size() <= kLongestName &&
         kFirst.find(name.front()) != std::string_view::npos &&
         name.find_first_not_of(all) == std::string_view::npos;
}

std::vector<std::string> PairedRobotNames(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder + "/robots", error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (IsRobotName(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

absl::StatusOr<std::optional<PairedRobot>> FindPairedRobot(const std::string& folder,
                                                           std::string_view name) {
  if (!IsRobotName(name)) return std::optional<PairedRobot>();
  const std::string place = FolderOf(folder, name);
  const SmallFile about = ReadSmallFile(place + kAbout);
  if (about.missing) return std::optional<PairedRobot>();
  PairedRobot robot;
  robot.name = name;
  for (const auto& [file, text] :
       {std::pair{kAuthority, &robot.tls.authority},
        std::pair{kCertificate, &robot.tls.certificate}, std::pair{kKey, &robot.tls.key}}) {
    const SmallFile read = ReadSmallFile(place + file);
    if (!read.is_read()) {
      return BadFile(place + file, read.missing ? "it is missing" : read.fault, name);
    }
    *text = read.text;
  }
  if (!about.is_read()) return BadFile(place + kAbout, about.fault, name);
  const json read = json::parse(about.text, nullptr, false);
  const bool good = read.is_object() && read.contains("hosts") && read["hosts"].is_array() &&
                    !read["hosts"].empty() && read.contains("port") &&
                    read["port"].is_number_unsigned() && read["port"] <= UINT16_MAX;
  if (!good) return BadFile(place + kAbout, "it does not say where the robot is", name);
  for (const json& host : read["hosts"]) {
    if (!host.is_string()) return BadFile(place + kAbout, "a host is no text", name);
    robot.hosts.push_back(host.get<std::string>());
  }
  robot.port = read["port"].get<std::uint16_t>();
  for (const auto& [key, text] :
       {std::pair{"client", &robot.client}, std::pair{"role", &robot.role}}) {
    const json value = read.value(key, json());
    if (value.is_string()) *text = value.get<std::string>();
  }
  return std::optional(std::move(robot));
}

absl::Status SavePairedRobot(const std::string& folder, const PairedRobot& robot) {
  const std::string place = FolderOf(folder, robot.name);
  const json about = {
      {"hosts", robot.hosts}, {"port", robot.port}, {"client", robot.client}, {"role", robot.role}};
  // What says that there is a robot comes last.
  for (const auto& [file, text, mode] :
       {std::tuple{kKey, robot.tls.key, kSecretMode},
        std::tuple{kCertificate, robot.tls.certificate, kPlainMode},
        std::tuple{kAuthority, robot.tls.authority, kPlainMode},
        std::tuple{kAbout, about.dump(2) + "\n", kPlainMode}}) {
    if (absl::Status saved = ReplaceFile(place + file, text, mode); !saved.ok()) return saved;
  }
  return absl::OkStatus();
}

}  // namespace soarm::client
