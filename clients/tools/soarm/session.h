#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "clients/cpp/address.h"
#include "clients/cpp/connection.h"
#include "clients/cpp/lease.h"
#include "clients/tools/soarm/output.h"

namespace soarm::cli {

// What every command runs in: the flags they share, where output goes, the daemon; and what it has
// to answer for when it is interrupted.
//
// Threads  the command's; `stop` may be requested from any.
struct Session {
  std::string server{};  // --server; empty: not given
  bool preempt = false;  // --preempt
  Output& output;
  std::stop_token stop{};             // requested by SIGINT, SIGTERM and SIGHUP
  std::vector<std::string> leased{};  // groups that the command had or wanted a lease on
  client::Surroundings surroundings = client::ReadSurroundings();

  // Connects to the daemon that the flags and the environment name. Unless JSON is printed, what
  // comes from there is fit for a terminal (clean_message.h).
  absl::StatusOr<std::unique_ptr<client::Connection>> Connect() const;
  // The same whatever is requested, to see what a command left behind.
  absl::StatusOr<std::unique_ptr<client::Connection>> ConnectFor(Nanos timeout) const;

  // A TELEOP lease for a command's own duration. `purpose` is shown to others. The refusal of a
  // held lease names holder, class and age.
  absl::StatusOr<std::unique_ptr<client::Lease>> TakeLease(
      client::Connection& connection, std::vector<std::string> groups, std::string purpose,
      std::function<void(const absl::Status& why)> on_lost = {});
  // The command answers for what `lease` is on.
  void NoteLease(const client::Lease& lease);

  // The options of a call that Ctrl-C ends.
  client::CallOptions Within(Nanos timeout = std::chrono::seconds(5)) const {
    return {.timeout = timeout, .stop = stop};
  }
};

// Tells in one sentence what a refused lease's facts say: holder, class and age. Other errors pass
// unchanged.
absl::Status NameHolder(const absl::Status& refused, bool preempt);

// Every command: does its work, prints its result, and leaves its error to the caller.
using Command = std::function<absl::Status(Session&)>;

}  // namespace soarm::cli
