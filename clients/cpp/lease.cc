#include "clients/cpp/lease.h"

#include <algorithm>
#include <utility>

#include <pwd.h>
#include <unistd.h>

#include "clients/cpp/durations.h"
#include "clients/cpp/error.h"

namespace soarm::client {

std::string OwnName() {
  char host[256] = "";
  if (::gethostname(host, sizeof host - 1) != 0 || host[0] == '\0') return "soarm";
  const passwd* user = ::getpwuid(::geteuid());  // NOLINT(concurrency-mt-unsafe): one thread
  return (user == nullptr ? std::to_string(::geteuid()) : std::string(user->pw_name)) + "@" + host;
}

absl::StatusOr<std::unique_ptr<Lease>> Lease::Acquire(Connection& connection, LeaseOptions options,
                                                      const std::stop_token& stop) {
  if (options.client_name.empty()) options.client_name = OwnName();
  v1::AcquireLeaseRequest request;
  for (const std::string& group : options.groups) request.add_groups(group);
  request.set_lease_class(options.lease_class);
  request.set_preempt(options.preempt);
  request.set_client_name(options.client_name);
  request.set_purpose(options.purpose);
  *request.mutable_ttl() = ToProto(options.ttl);
  // The answer is waited for also after a stop request: a lease that nobody knows of could not be
  // given back.
  auto granted = connection.Call(kAcquireLease, request,
                                 {.stop = stop, .stop_grace = std::chrono::seconds(1)});
  if (!granted.ok()) return granted.status();
  std::unique_ptr<Lease> lease(new Lease(connection, std::move(options), *std::move(granted)));
  if (stop.stop_requested()) return InterruptedError();
  return lease;
}

Lease::Lease(Connection& connection, LeaseOptions options, v1::AcquireLeaseResponse granted)
    : connection_(connection), options_(std::move(options)), granted_(std::move(granted)) {
  renewer_ = std::jthread([this](const std::stop_token& stop) { RenewUntil(stop); });
}

Lease::~Lease() {
  renewer_.request_stop();
  renewer_.join();
  if (lost_ || abandoned_) return;
  v1::ReleaseLeaseRequest request;
  *request.mutable_lease() = ref();
  // Nothing to do about a failure: the lease then ends by itself when its time is up.
  (void)connection_.Call(kReleaseLease, request, {.timeout = std::chrono::seconds(1)});
}

void Lease::Abandon() {
  renewer_.request_stop();
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
}

bool Lease::lost() const {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void Lease::Lose(const absl::Status& why) {
  {
    const std::lock_guard lock(mutex_);
    lost_ = true;
  }
  if (options_.on_lost) options_.on_lost(why);
}

// Renews three times per time to live. A daemon that did not answer is asked again soon, until the
// lease must have ended there too; any other refusal is final.
void Lease::RenewUntil(const std::stop_token& stop) {
  const Nanos ttl =
      std::max<Nanos>(FromProto(granted_.granted_ttl()), std::chrono::milliseconds(30));
  v1::RenewLeaseRequest request;
  *request.mutable_lease() = ref();
  auto valid_until = std::chrono::steady_clock::now() + ttl;
  Nanos pause = ttl / 3;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, stop, pause, [] { return false; }) || stop.stop_requested()) return;
    }
    const auto asked_at = std::chrono::steady_clock::now();
    const absl::StatusOr<v1::RenewLeaseResponse> renewed =
        connection_.Call(kRenewLease, request, {.timeout = ttl / 3, .stop = stop});
    if (stop.stop_requested()) return;
    if (renewed.ok()) {
      valid_until = asked_at + ttl;
      pause = ttl / 3;
      continue;
    }
    const absl::StatusCode code = renewed.status().code();
    const bool transient =
        code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded;
    pause = ttl / 20;
    if (transient && std::chrono::steady_clock::now() < valid_until) continue;
    Lose(renewed.status());
    return;
  }
}

}  // namespace soarm::client
