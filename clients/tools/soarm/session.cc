#include "clients/tools/soarm/session.h"

#include <utility>

#include "clients/cpp/address.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
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
  const absl::StatusOr<client::Address> address =
      client::ResolveAddress(server, client::ReadSurroundings());
  if (!address.ok()) return address.status();
  return client::Connection::Open(*address, std::chrono::seconds(3), stop);
}

absl::StatusOr<std::unique_ptr<client::Lease>> Session::TakeLease(
    client::Connection& connection, std::vector<std::string> groups, std::string purpose,
    std::function<void()> on_lost) const {
  client::LeaseOptions options{.groups = std::move(groups),
                               .preempt = preempt,
                               .client_name = {},
                               .purpose = std::move(purpose),
                               .on_lost = {}};
  if (on_lost) options.on_lost = [lost = std::move(on_lost)](const absl::Status&) { lost(); };
  auto lease = client::Lease::Acquire(connection, std::move(options), stop);
  if (!lease.ok()) return NameHolder(lease.status(), preempt);
  return lease;
}

}  // namespace soarm::cli
