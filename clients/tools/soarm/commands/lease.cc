#include <cmath>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "clients/cpp/durations.h"
#include "clients/cpp/error.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/lease_file.h"
#include "clients/tools/soarm/robot_view.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

void ShowGranted(Output& output, const v1::AcquireLeaseResponse& granted, bool hold) {
  if (output.json()) {
    output.Show(granted, hold ? JsonLayout::kOneLine : JsonLayout::kIndented);
    return;
  }
  std::string groups;
  for (const std::string& group : granted.groups()) groups += " " + group;
  output.Print("lease on" + groups + " for " + Span(client::FromProto(granted.granted_ttl())) +
               (hold ? ", renewed until interrupted" : "") + "\n" + ToWord(granted.lease()) + "\n");
}

// Keeps the lease until Ctrl-C or until it is lost.
absl::Status Hold(Session& session, const client::Lease& lease, const std::stop_token& lost) {
  std::mutex mutex;
  std::condition_variable_any ended;
  // Made before the lock is taken: after a stop request it runs at once, on this thread.
  const std::stop_callback wake(session.stop, [&] {
    const std::lock_guard guard(mutex);
    ended.notify_all();
  });
  std::unique_lock lock(mutex);
  ended.wait(lock, lost, [&] { return session.stop.stop_requested(); });
  if (!lease.lost()) return client::InterruptedError();
  return ToStatus({.code = absl::StatusCode::kAborted,
                   .reason = "LEASE_LOST",
                   .subject = "",
                   .message = "The lease was lost.",
                   .fix = "See `soarm lease list` for who has it now.",
                   .facts = {}});
}

}  // namespace

absl::Status RunLeaseList(Session& session) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  const auto leases = (*connection)->Call(client::kListLeases, {}, session.Within());
  if (!leases.ok()) return leases.status();
  if (session.output.json()) {
    session.output.Show(*leases);
  } else {
    session.output.Print(LeaseTable(*leases));
  }
  return absl::OkStatus();
}

absl::Status RunLeaseTake(Session& session, const LeaseTakeOptions& options) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::LeaseClass lease_class = v1::TELEOP;
  v1::LeaseClass_Parse(ToUpperSnake(options.lease_class), &lease_class);
  std::stop_source lost;
  client::LeaseOptions wish{.groups = options.groups,
                            .lease_class = lease_class,
                            .preempt = session.preempt,
                            .client_name = options.name,
                            .purpose = options.purpose,
                            .ttl = Nanos(std::llround(options.ttl_s * 1e9)),
                            .on_lost = [&lost](const absl::Status&) { lost.request_stop(); }};
  auto lease = client::Lease::Acquire(**connection, std::move(wish), session.stop);
  if (!lease.ok()) return NameHolder(lease.status(), session.preempt);
  ShowGranted(session.output, (*lease)->granted(), options.hold);
  if (options.hold) return Hold(session, **lease, lost.get_token());
  if (!SaveLease((*lease)->ref())) {
    session.output.Note("It could not be remembered: release it with the words above.\n");
  }
  (*lease)->Abandon();
  return absl::OkStatus();
}

absl::Status RunLeaseRelease(Session& session, const std::string& word) {
  const std::optional<v1::LeaseRef> lease = word.empty() ? LoadLease() : ParseLeaseWord(word);
  if (!lease) {
    return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                     .reason = word.empty() ? "NO_LEASE" : "BAD_LEASE",
                     .subject = "",
                     .message = word.empty() ? "No lease was taken with `soarm lease take`."
                                             : "\"" + word + "\" is not a lease.",
                     .fix = "Write EPOCH:FENCE:TOKEN as `soarm lease take` printed it.",
                     .facts = {}});
  }
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::ReleaseLeaseRequest request;
  *request.mutable_lease() = *lease;
  const auto response = (*connection)->Call(client::kReleaseLease, request, session.Within());
  if (!response.ok()) return response.status();
  if (word.empty()) ForgetLease();
  if (session.output.json()) {
    session.output.Show(*response);
  } else {
    session.output.Print("released\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
