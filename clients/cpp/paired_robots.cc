#include "clients/cpp/paired_robots.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/secret_file.h"
#include "common/base/small_file.h"
#include "common/tls/certificate.h"

namespace soarm::client {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestName = 40;
// Since when nobody writes a draft any more who still lives.
constexpr std::chrono::minutes kDeadFor(1);
constexpr char kAboutFile[] = "robot.json";
constexpr char kHomeFix[] =
    "Set HOME, or XDG_CONFIG_HOME, to a folder of this computer that you may write to.";

std::string FolderOf(const std::string& folder, std::string_view name) {
  return folder + "/robots/" + std::string(name);
}

std::string FileOf(const std::string& folder, std::string_view name, const char* file) {
  return FolderOf(folder, name) + "/" + file;
}

absl::Status BadFile(const std::string& path, const std::string& why, const std::string& fix) {
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_ROBOT_FILE", path,
                path + " cannot be used: " + why + ".", fix);
}

std::string PairAgain(std::string_view name) {
  return "Pair with " + std::string(name) +
         " again: `soarm pair open` on the robot, and `soarm pair join --name " +
         std::string(name) + "` here.";
}

// Refuses a key that others may have read, as ssh does; root uses the keys of whom it works for.
absl::Status CheckSecret(const std::string& path, const SmallFile& key) {
  const uid_t user = ::geteuid();
  const std::string why = WhyNoSecret(key, user == 0 ? key.owner : user);
  if (why.empty()) return absl::OkStatus();
  const bool own = key.owner == user;
  return BadFile(path, why + ", so that others may have it",
                 "Run `" + (own ? "" : "sudo chown " + std::to_string(user) + " " + path + " && ") +
                     "chmod 600 " + path +
                     "`; if somebody may have read it, revoke this computer on the robot and pair "
                     "again.");
}

// Whether something has the place of that robot, be it a folder or not.
bool HasPlace(const std::string& folder, std::string_view name) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(FolderOf(folder, name), error));
}

absl::Status CheckOwner(const std::string& folder, const std::string& name,
                        const std::string& fingerprint) {
  const std::string kept = FingerprintOfPaired(folder, name);
  if (kept.empty() || kept == fingerprint) return absl::OkStatus();
  return Refuse(absl::StatusCode::kFailedPrecondition, "ROBOT_NAME_TAKEN", name,
                "Another robot is paired under the name " + name + ".",
                "Give this one another name with `--name`, or forget the other one: rm -r " +
                    FolderOf(folder, name),
                {{"fingerprint", kept}});
}

// Only that shows whether it is possible.
absl::Status TryToWrite(const std::string& place) {
  const std::string trial = place + "/.trial";
  absl::Status written = ReplaceFile(trial, "", kPlainMode, kHomeFix);
  std::error_code ignored;
  std::filesystem::remove(trial, ignored);
  return written;
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
  const std::string about_path = FileOf(folder, name, kAboutFile);
  const SmallFile about = ReadSmallFile(about_path);
  if (about.missing && !HasPlace(folder, name)) return std::optional<PairedRobot>();
  if (about.missing) return BadFile(about_path, "it is missing", PairAgain(name));
  PairedRobot robot;
  robot.name = name;
  for (const auto& [file, text] :
       {std::pair{kAuthorityFile, &robot.tls.authority},
        std::pair{kCertificateFile, &robot.tls.certificate}, std::pair{kKeyFile, &robot.tls.key}}) {
    const std::string path = FileOf(folder, name, file);
    const SmallFile read = ReadSmallFile(path);
    if (!read.is_read()) {
      return BadFile(path, read.missing ? "it is missing" : read.fault, PairAgain(name));
    }
    if (text == &robot.tls.key) {
      if (absl::Status open = CheckSecret(path, read); !open.ok()) return open;
    }
    *text = read.text;
  }
  if (const auto fault = FindCredentialFault(robot.tls)) {
    return BadFile(FileOf(folder, name, fault->file.c_str()), fault->why, PairAgain(name));
  }
  if (!about.is_read()) return BadFile(about_path, about.fault, PairAgain(name));
  const json read = json::parse(about.text, nullptr, false);
  const bool good = read.is_object() && read.contains("hosts") && read["hosts"].is_array() &&
                    !read["hosts"].empty() && read.contains("port") &&
                    read["port"].is_number_unsigned() && read["port"] > 0U &&
                    read["port"] <= UINT16_MAX;
  if (!good) return BadFile(about_path, "it does not say where the robot is", PairAgain(name));
  for (const json& host : read["hosts"]) {
    if (!host.is_string()) return BadFile(about_path, "a host is no text", PairAgain(name));
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

std::string FingerprintOfPaired(const std::string& folder, std::string_view name) {
  const SmallFile read = ReadSmallFile(FileOf(folder, name, kAuthorityFile));
  const auto certificate = tls::Certificate::FromPem(read.text);
  return certificate.ok() ? certificate->Fingerprint() : "";
}

absl::Status CheckRobotPlace(const std::string& folder, const std::string& name,
                             const std::string& fingerprint) {
  if (name.empty()) return TryToWrite(folder + "/robots");
  if (absl::Status taken = CheckOwner(folder, name, fingerprint); !taken.ok()) return taken;
  return TryToWrite(HasPlace(folder, name) ? FolderOf(folder, name) : folder + "/robots");
}

std::string FreeRobotName(const std::string& folder, const std::string& wanted,
                          const std::string& fingerprint) {
  std::string name = wanted;
  for (int i = 2; HasPlace(folder, name) && FingerprintOfPaired(folder, name) != fingerprint; ++i) {
    const std::string suffix = "-" + std::to_string(i);
    name = wanted.substr(0, kLongestName - suffix.size()) + suffix;
  }
  return name;
}

absl::Status SavePairedRobot(const std::string& folder, const PairedRobot& robot) {
  const auto authority = tls::Certificate::FromPem(robot.tls.authority);
  if (!authority.ok()) return authority.status();
  if (absl::Status taken = CheckOwner(folder, robot.name, authority->Fingerprint()); !taken.ok()) {
    return taken;
  }
  const json about = {
      {"hosts", robot.hosts}, {"port", robot.port}, {"client", robot.client}, {"role", robot.role}};
  // What says that there is a robot comes last.
  for (const auto& [file, text, mode] :
       {std::tuple{kKeyFile, robot.tls.key, kSecretMode},
        std::tuple{kCertificateFile, robot.tls.certificate, kPlainMode},
        std::tuple{kAuthorityFile, robot.tls.authority, kPlainMode},
        std::tuple{kAboutFile, about.dump(2) + "\n", kPlainMode}}) {
    const std::string path = FileOf(folder, robot.name, file);
    if (absl::Status saved = ReplaceFile(path, text, mode, kHomeFix); !saved.ok()) return saved;
    RemoveDrafts(path, kDeadFor);
  }
  return absl::OkStatus();
}

}  // namespace soarm::client
