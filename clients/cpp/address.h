#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "clients/cpp/paired_robots.h"

namespace soarm::client {

inline constexpr int kDefaultPort = 50251;

// Where a daemon is.
struct Address {
  std::string target;                     // for gRPC: "unix:/run/…" or "host:port"
  std::vector<std::string> stop_sockets;  // paths to try, in this order; none for TCP
  bool chosen_by_default = false;         // nobody named it
  std::string robot{};                    // the paired robot's name; empty: plain text
  std::optional<TlsCredentials> tls{};    // of a paired robot
};

// What the choice of an address depends on; a value, so that tests can pass their own.
struct Surroundings {
  std::string server_variable;  // SOARM_SERVER; empty: not set
  std::string runtime_dir;      // XDG_RUNTIME_DIR; empty: not set
  bool root = false;
  std::string config_folder{};                           // soarm's of this user; empty: none
  std::string system_socket = "/run/soarm/soarmd.sock";  // of a daemon that the system runs
  int default_port = kDefaultPort;
  std::function<bool(const std::string& path)> listens;  // somebody accepts at this Unix socket
};

// Where this user's paired robots are kept: $XDG_CONFIG_HOME/soarm, else $HOME/.config/soarm; empty
// without either.
std::string ConfigFolder();

// The real ones, of this process.
Surroundings ReadSurroundings();

// The daemon to talk to: `server` if given, else SOARM_SERVER, else the first default socket at
// which somebody listens, else the default port on loopback.
//
//   NAME                 a paired robot, by TLS; before all others
//   unix:PATH or /PATH   a Unix socket
//   HOST:PORT            plain text, so HOST is 127.0.0.1, [::1] or localhost: loopback
//   HOST                 the same at the default port
//
// Default sockets: root /run/soarm/soarmd.sock; others first $XDG_RUNTIME_DIR/soarm/soarmd.sock.
// A default address keeps the stop sockets of every default socket: the stop must get through
// even when nobody answers at the other ones.
//   kInvalidArgument BAD_ADDRESS         none of these forms
//   kInvalidArgument NOT_PAIRED          nothing of this computer, and no paired robot
//   kFailedPrecondition BAD_ROBOT_FILE   what is known of that robot cannot be used
absl::StatusOr<Address> ResolveAddress(std::string_view server, const Surroundings& surroundings);

// Of a paired robot.
Address AddressOf(const PairedRobot& robot);

// What SOARM_SERVER names, and every place at which a daemon of this computer listens when nobody
// says otherwise, each with its own stop socket: where a stop goes that names no place that is
// understood. A runtime directory counts for root, too.
std::vector<Address> UsualPlaces(const Surroundings& surroundings);

}  // namespace soarm::client
