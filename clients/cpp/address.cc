#include "clients/cpp/address.h"

#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include <arpa/inet.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clients/cpp/loopback.h"
#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/base/utf8.h"

namespace soarm::client {
namespace {

bool AcceptsConnections(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return false;
  const bool accepts =
      ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(socket);
  return accepts;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return value == nullptr ? std::string() : std::string(value);
}

constexpr std::size_t kLongestShown = 200;

absl::Status BadAddress(std::string_view text, std::string_view why) {
  const std::string shown = CleanText(text, kLongestShown);
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "BAD_ADDRESS",
                   .subject = shown,
                   .message = "\"" + shown + "\" is not an address: " + std::string(why) + ".",
                   .fix =
                       "Write the name of a paired robot, unix:/path/to/soarmd.sock, or a port of "
                       "this computer as 127.0.0.1:50251.",
                   .facts = {}});
}

std::optional<int> ParsePort(std::string_view text) {
  if (text.empty() || text.size() > 5) return std::nullopt;
  int port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + (c - '0');
  }
  if (port < 1 || port > 65535) return std::nullopt;
  return port;
}

absl::StatusOr<Address> ParseAddress(std::string_view text) {
  if (!IsUtf8(text)) return BadAddress(text, "it is not UTF-8");
  constexpr std::string_view kUnix = "unix:";
  std::string_view path;
  if (text.starts_with(kUnix)) path = text.substr(kUnix.size());
  if (text.starts_with('/')) path = text;
  if (path.starts_with("//")) path.remove_prefix(2);  // unix:///run/… means the same
  if (!path.empty()) {
    if (path.size() >= sizeof(sockaddr_un::sun_path)) return BadAddress(text, "path too long");
    return Address{.target = std::string(kUnix) + std::string(path),
                   .stop_sockets = {std::string(path) + ".stop"}};
  }
  if (text.starts_with(kUnix)) return BadAddress(text, "the path is missing");

  // An IPv6 host has colons of its own, so it needs its brackets.
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.empty() || host.find_first_of(" \t/=") != std::string_view::npos) {
    return BadAddress(text, "the host is missing or malformed");
  }
  if (colon == std::string_view::npos) {
    return Address{.target = std::string(host) + ":" + std::to_string(kDefaultPort),
                   .stop_sockets = {}};
  }
  if (!ParsePort(text.substr(colon + 1))) {
    return BadAddress(text, "the port must be a number from 1 to 65535");
  }
  return Address{.target = std::string(text), .stop_sockets = {}};
}

// gRPC tries the addresses of one family one after the other, and a name by itself.
std::string TargetOf(const PairedRobot& robot) {
  const std::string port = ":" + std::to_string(robot.port);
  std::string four;
  std::string six;
  for (const std::string& host : robot.hosts) {
    in_addr in_four{};
    in6_addr in_six{};
    if (::inet_pton(AF_INET, host.c_str(), &in_four) == 1) {
      four += (four.empty() ? "ipv4:" : ",") + host + port;
    } else if (::inet_pton(AF_INET6, host.c_str(), &in_six) == 1) {
      six += (six.empty() ? "ipv6:[" : ",[") + host + "]" + port;
    } else {
      return "dns:///" + host + port;
    }
  }
  return four.empty() ? six : four;
}

bool IsSameButForCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

// Of what could only be another computer. A daemon never serves plain text to one, so whoever
// answered it would be somebody else.
absl::Status NotPaired(std::string_view text, const std::string& folder) {
  const std::string shown = CleanText(text, kLongestShown);
  const std::string_view host = text.substr(0, text.find(':'));
  const std::vector<std::string> names =
      folder.empty() ? std::vector<std::string>() : PairedRobotNames(folder);
  std::string paired;
  std::string fix =
      "Pair with it: `soarm pair open` on the robot, then `soarm pair join` here. `soarm discover` "
      "lists the robots of this network; through an SSH tunnel, name its end on 127.0.0.1.";
  for (const std::string& name : names) {
    paired += (paired.empty() ? "" : ", ") + name;
    if (!IsSameButForCase(name, host)) continue;
    fix = "Did you mean " + name + "?" + (host == text ? "" : " A name takes no port.");
  }
  return Refuse(absl::StatusCode::kInvalidArgument, "NOT_PAIRED", shown,
                "No robot is paired under \"" + shown + "\" (" +
                    (paired.empty() ? "none is paired here" : "paired: " + paired) + ").",
                fix, {{"paired", paired}});
}

absl::StatusOr<Address> Understand(std::string_view text, const Surroundings& surroundings) {
  if (!surroundings.config_folder.empty()) {
    auto robot = FindPairedRobot(surroundings.config_folder, text);
    if (!robot.ok()) return robot.status();
    if (*robot) return AddressOf(**robot);
  }
  auto address = ParseAddress(text);
  if (!address.ok() || StaysOnThisComputer(address->target)) return address;
  return NotPaired(text, surroundings.config_folder);
}

std::string OwnSocket(const Surroundings& surroundings) {
  return surroundings.runtime_dir + "/soarm/soarmd.sock";
}

std::vector<std::string> DefaultSockets(const Surroundings& surroundings) {
  std::vector<std::string> paths;
  if (!surroundings.root && !surroundings.runtime_dir.empty()) {
    paths.push_back(OwnSocket(surroundings));
  }
  paths.push_back(surroundings.system_socket);  // also for users it lets in
  return paths;
}

std::string DefaultTcp(const Surroundings& surroundings) {
  return "127.0.0.1:" + std::to_string(surroundings.default_port);
}

}  // namespace

std::string ConfigFolder() {
  const std::string chosen = Variable("XDG_CONFIG_HOME");
  if (chosen.starts_with('/')) return chosen + "/soarm";
  const std::string home = Variable("HOME");
  return home.starts_with('/') ? home + "/.config/soarm" : std::string();
}

Surroundings ReadSurroundings() {
  return {.server_variable = Variable("SOARM_SERVER"),
          .runtime_dir = Variable("XDG_RUNTIME_DIR"),
          .root = ::geteuid() == 0,
          .config_folder = ConfigFolder(),
          .listens = AcceptsConnections};
}

Address AddressOf(const PairedRobot& robot) {
  return {.target = TargetOf(robot), .stop_sockets = {}, .robot = robot.name, .tls = robot.tls};
}

absl::StatusOr<Address> ResolveAddress(std::string_view server, const Surroundings& surroundings) {
  if (!server.empty()) return Understand(server, surroundings);
  if (!surroundings.server_variable.empty()) {
    return Understand(surroundings.server_variable, surroundings);
  }

  Address address{
      .target = DefaultTcp(surroundings), .stop_sockets = {}, .chosen_by_default = true};
  bool found = false;
  for (const std::string& path : DefaultSockets(surroundings)) {
    if (!found && surroundings.listens(path)) {
      address.target = "unix:" + path;
      found = true;
    }
    address.stop_sockets.push_back(path + ".stop");
  }
  return address;
}

std::vector<Address> UsualPlaces(const Surroundings& surroundings) {
  std::vector<std::string> paths;
  if (!surroundings.runtime_dir.empty()) paths.push_back(OwnSocket(surroundings));
  paths.push_back(surroundings.system_socket);
  std::vector<Address> places;
  if (!surroundings.server_variable.empty()) {
    if (auto named = Understand(surroundings.server_variable, surroundings); named.ok()) {
      places.push_back(*std::move(named));
    }
  }
  for (const std::string& path : paths) {
    places.push_back(
        {.target = "unix:" + path, .stop_sockets = {path + ".stop"}, .chosen_by_default = true});
  }
  places.push_back(
      {.target = DefaultTcp(surroundings), .stop_sockets = {}, .chosen_by_default = true});
  return places;
}

}  // namespace soarm::client
