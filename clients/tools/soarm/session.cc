#include "clients/tools/soarm/session.h"

#include <optional>
#include <utility>

#include "clients/tools/soarm/clean_message.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

absl::StatusOr<std::unique_ptr<client::Connection>> Open(const Session& session, Nanos timeout,
                                                         const std::stop_token& stop) {
  const absl::StatusOr<client::Address> address =
      client::ResolveAddress(session.server, session.surroundings);
  if (!address.ok()) return address.status();
  auto connection = client::Connection::Open(*address, timeout, stop);
  if (connection.ok() && !session.output.json()) (*connection)->OnReceived(CleanMessage);
  return connection;
}

}  // namespace

absl::Status NameHolder(const absl::Status& refused, bool preempt) {
  Problem problem = ProblemOf(refused);
  if (problem.reason != "LEASE_HELD") return refused;
  const auto fact = [&](const char* name) {
    const auto found = problem.facts.find(name);
    return found == problem.facts.end() ? std::string() : found->second;
  };
  const std::string holder = fact("holder");
  const std::string lease_class = fact("class");
  const std::string age_s = fact("age_s");
  if (!holder.empty() && !lease_class.empty() && !age_s.empty()) {
    const std::optional<double> age = ParseNumber(age_s);
    const std::string since =
        age ? Span(Nanos(static_cast<std::int64_t>(*age * 1e9))) : age_s + " s";
    problem.message = (problem.subject.empty() ? "The lease" : "The lease on " + problem.subject) +
                      " is held by " + holder + " (" + lease_class + ") for " + since + ".";
  }
  if (problem.fix.empty()) {
    problem.fix = preempt
                      ? "Wait until it is released, or ask " + holder + " to let go."
                      : "Wait until it is released, or take it from a lower class with --preempt.";
  }
  return ToStatus(problem);
}

absl::StatusOr<std::unique_ptr<client::Connection>> Session::Connect() const {
  return Open(*this, std::chrono::seconds(3), stop);
}

absl::StatusOr<std::unique_ptr<client::Connection>> Session::ConnectFor(Nanos timeout) const {
  return Open(*this, timeout, {});
}

absl::StatusOr<std::unique_ptr<client::Lease>> Session::TakeLease(
    client::Connection& connection, std::vector<std::string> groups, std::string purpose,
    std::function<void(const absl::Status&)> on_lost) {
  leased = groups;  // until something else is granted: whoever is interrupted wants to know as well
  client::LeaseOptions options{.groups = std::move(groups),
                               .preempt = preempt,
                               .client_name = {},
                               .purpose = std::move(purpose),
                               .on_lost = std::move(on_lost)};
  auto lease = client::Lease::Acquire(connection, std::move(options), stop);
  if (!lease.ok()) return NameHolder(lease.status(), preempt);
  NoteLease(**lease);
  return lease;
}

void Session::NoteLease(const client::Lease& lease) {
  leased.assign(lease.granted().groups().begin(), lease.granted().groups().end());
}

}  // namespace soarm::cli
