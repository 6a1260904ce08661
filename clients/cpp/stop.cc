#include "clients/cpp/stop.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "clients/cpp/connection.h"
#include "clients/cpp/error.h"
#include "clients/cpp/stop_socket.h"

namespace soarm::client {
namespace {

// The daemon answers within a tenth of a second at usual rates.
constexpr std::chrono::seconds kSocketPatience(1);
constexpr std::chrono::seconds kConnectPatience(2);
constexpr std::chrono::seconds kCallPatience(2);

std::string_view WordOf(v1::StopRequest::Level level) {
  if (level == v1::StopRequest::SOFT_HOLD) return "soft-hold";
  return level == v1::StopRequest::RELEASE ? "release" : "hold";
}

// The way that works even when the daemon's gRPC port is dead.
absl::StatusOr<v1::StopResponse> ThroughSockets(const Address& address, std::string_view level,
                                                const std::string& reason) {
  absl::Status sent = absl::UnavailableError("no stop socket");
  for (const std::string& path : address.stop_sockets) {
    const auto stop = StopThroughSocket(path, level, reason, kSocketPatience);
    if (!stop.ok()) {
      if (!absl::IsDeadlineExceeded(sent)) sent = stop.status();
      continue;
    }
    v1::StopResponse response;
    response.set_stop_id(stop->id);
    for (const std::string& note : stop->notes) response.add_notes(note);
    for (const std::string& joint : stop->not_reached) response.add_not_reached(joint);
    if (stop->not_kept) {
      v1::ErrorDetail& why = *response.mutable_not_kept();
      why.set_reason(stop->not_kept->reason);
      why.set_subject(stop->not_kept->subject);
      why.set_message(stop->not_kept->message);
      why.set_fix(stop->not_kept->fix);
    }
    return response;
  }
  return sent;
}

// What `why` says of a stop. Which way it went does not matter to whoever looks at the arm.
absl::Status NotConfirmed(const Address& address, const absl::Status& why, bool sent) {
  Problem problem = ProblemOf(why);
  const std::string cut = "Cut the supply if anything still moves.";
  if (problem.code == absl::StatusCode::kCancelled) {
    problem.message = sent ? "Interrupted: the stop was sent, and not confirmed."
                           : "Interrupted before the stop was confirmed.";
    problem.fix = cut;
  } else if (sent || problem.code == absl::StatusCode::kDeadlineExceeded) {
    problem.code = absl::StatusCode::kDeadlineExceeded;
    problem.reason = "STOP_NOT_CONFIRMED";
    problem.subject = address.target;
    problem.message =
        sent ? "The stop was sent to soarmd at " + address.target + ", which has not confirmed it."
             : "soarmd at " + address.target +
                   " takes connections and does not answer: the stop is not confirmed.";
    problem.fix = cut;
  } else {
    problem.fix = problem.fix.empty() ? cut : cut + " " + problem.fix;
  }
  return ToStatus(problem);
}

}  // namespace

absl::StatusOr<v1::StopResponse> StopRobot(const Address& address, v1::StopRequest::Level level,
                                           const std::string& reason, const std::stop_token& stop) {
  auto stopped = ThroughSockets(address, WordOf(level), reason);
  if (stopped.ok()) return stopped;
  bool sent = absl::IsDeadlineExceeded(stopped.status());
  auto connection = Connection::Open(address, kConnectPatience, stop);
  if (!connection.ok()) return NotConfirmed(address, connection.status(), sent);
  v1::StopRequest request;
  request.set_level(level);
  request.set_reason(reason);
  stopped = (*connection)->Call(kStop, request, {.timeout = kCallPatience, .stop = stop});
  if (stopped.ok()) return stopped;
  sent = sent || absl::IsDeadlineExceeded(stopped.status()) || absl::IsCancelled(stopped.status());
  return NotConfirmed(address, stopped.status(), sent);
}

}  // namespace soarm::client
