#include <cmath>
#include <optional>

#include "clients/cpp/durations.h"
#include "clients/cpp/error.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/lease_file.h"
#include "clients/tools/soarm/lease_loss.h"
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

constexpr double kTtl_s = 60.0;
// A holder that dies leaves the arm to others within this.
constexpr double kHoldTtl_s = 2.0;
constexpr double kLookRate_hz = 1.0;

// Keeps the lease until Ctrl-C, until `over` is requested because it is lost, or until the daemon
// ends: a stream shows that at once, renewals only when the lease must have ended.
absl::Status Hold(const Session& session, client::Connection& daemon, const LeaseLoss& loss,
                  std::stop_source& over) {
  const std::stop_callback forward(session.stop, [&over] { over.request_stop(); });
  v1::WatchStateRequest request;
  request.set_rate_hz(kLookRate_hz);
  const absl::Status ended =
      daemon.Watch(client::kWatchState, request, [](const v1::StateFrame&) { return true; },
                   {.timeout = Nanos{0}, .stop = over.get_token()});
  if (session.stop.stop_requested()) return client::InterruptedError();
  if (const absl::Status why = loss.why(); !why.ok()) return why;
  return ended.ok() ? absl::UnavailableError("The daemon ended the stream of states.") : ended;
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
  const double ttl_s = options.ttl_s.value_or(options.hold ? kHoldTtl_s : kTtl_s);
  v1::LeaseClass lease_class = v1::TELEOP;
  v1::LeaseClass_Parse(ToUpperSnake(options.lease_class), &lease_class);
  LeaseLoss loss;
  std::stop_source over;
  client::LeaseOptions wish{.groups = options.groups,
                            .lease_class = lease_class,
                            .preempt = session.preempt,
                            .client_name = options.name,
                            .purpose = options.purpose,
                            .ttl = Nanos(std::llround(ttl_s * 1e9)),
                            .on_lost = [&](const absl::Status& why) {
                              loss.Note(why);
                              over.request_stop();
                            }};
  auto lease = client::Lease::Acquire(**connection, std::move(wish), session.stop);
  if (!lease.ok()) return NameHolder(lease.status(), session.preempt);
  ShowGranted(session.output, (*lease)->granted(), options.hold);
  if (options.hold) {
    if (lease_class != v1::OBSERVER) session.NoteLease(**lease);
    return Hold(session, **connection, loss, over);
  }
  if (!SaveLease({.lease = (*lease)->ref(), .server = (*connection)->target()})) {
    session.output.Note("It could not be remembered: release it with the words above.\n");
  }
  (*lease)->Abandon();
  return absl::OkStatus();
}

// By default the last lease taken, at the daemon that it is of unless another one is named. What
// that daemon says decides whether it is forgotten.
absl::Status RunLeaseRelease(Session& session, const std::string& word) {
  std::optional<KeptLease> kept;
  if (word.empty()) {
    kept = LoadLease();
  } else if (const auto lease = ParseLeaseWord(word)) {
    kept = KeptLease{.lease = *lease, .server = {}};
  }
  if (!kept) {
    return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                     .reason = word.empty() ? "NO_LEASE" : "BAD_LEASE",
                     .subject = "",
                     .message = word.empty() ? "No lease was taken with `soarm lease take`."
                                             : "\"" + word + "\" is not a lease.",
                     .fix = "Write EPOCH:FENCE:TOKEN as `soarm lease take` printed it.",
                     .facts = {}});
  }
  if (session.server.empty()) session.server = kept->server;
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  v1::ReleaseLeaseRequest request;
  *request.mutable_lease() = kept->lease;
  const auto response = (*connection)->Call(client::kReleaseLease, request, session.Within());
  // Its own daemon does not know it any more after a restart; another daemon never did.
  const bool own = kept->server == (*connection)->target();
  if (word.empty() && (response.ok() || (own && absl::IsPermissionDenied(response.status())))) {
    ForgetLease();
  }
  if (!response.ok()) return response.status();
  if (session.output.json()) {
    session.output.Show(*response);
  } else {
    session.output.Print("released\n");
  }
  return absl::OkStatus();
}

}  // namespace soarm::cli
