#include "clients/cpp/clock_sync.h"

#include <chrono>
#include <utility>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include "clients/cpp/grpc_error.h"
#include "soarm/v1/clock.grpc.pb.h"

namespace soarm::client {
namespace {

using std::chrono::milliseconds;

// The first ones follow closely: of several round trips the shortest is the honest one.
constexpr std::uint64_t kFirstExchanges = 8;
constexpr milliseconds kFirstEvery(20);
constexpr milliseconds kEvery(1'000);
constexpr milliseconds kAskAgain(200);

}  // namespace

ClockSync::ClockSync(Connection& connection)
    : asker_([this, &connection](const std::stop_token& stop) { Follow(connection, stop); }) {}

ClockSync::~ClockSync() { asker_.request_stop(); }

void ClockSync::Follow(Connection& connection, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    absl::Status ended = Exchange(connection, stop);
    const bool may_come_back = absl::IsUnavailable(ended);
    if (may_come_back) connection.Revive();
    std::unique_lock lock(mutex_);
    status_ = std::move(ended);
    changed_.notify_all();
    if (!may_come_back) return;
    changed_.wait_for(lock, stop, kAskAgain, [] { return false; });
  }
}

absl::Status ClockSync::Exchange(Connection& connection, const std::stop_token& stop) {
  const MonotonicClock clock;
  const auto stub = v1::ClockService::NewStub(connection.channel());
  grpc::ClientContext context;
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  const auto stream = stub->Sync(&context);
  for (std::uint64_t n = 1; !stop.stop_requested(); ++n) {
    v1::ClockPing ping;
    v1::ClockPong pong;
    const MonoTime sent = clock.Now();
    ping.set_client_sent_ns(ToNanos(sent));
    if (!stream->Write(ping) || !stream->Read(&pong)) break;
    const MonoTime back = clock.Now();
    Take({.sent = sent,
          .received_ns = pong.received_ns(),
          .answered_ns = pong.sent_ns(),
          .back = back},
         pong.clock_id(), Nanos(pong.wall_offset_ns()));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, n < kFirstExchanges ? kFirstEvery : kEvery, [] { return false; });
  }
  // Here the call is over: it ended by itself, or `cancel` ended it.
  return FromGrpc(stream->Finish(), connection.target(), kSyncClock, stop.stop_requested());
}

void ClockSync::Take(const ClockExchange& exchange, std::uint64_t clock_id, Nanos wall_offset) {
  const std::lock_guard lock(mutex_);
  if (clock_id != clock_id_) {
    estimate_.Reset();
    clock_id_ = clock_id;
    exchanges_ = 0;
  }
  estimate_.Add(exchange);
  ++exchanges_;
  wall_offset_ = wall_offset;
  status_ = absl::OkStatus();
  changed_.notify_all();
}

absl::Status ClockSync::WaitUntilKnown(Nanos timeout) {
  std::unique_lock lock(mutex_);
  const auto is_known = [this] { return exchanges_ >= kFirstExchanges; };
  const bool came = changed_.wait_for(lock, timeout, [&] { return is_known() || !status_.ok(); });
  if (!is_known() && !status_.ok()) return status_;
  return came ? absl::OkStatus()
              : absl::DeadlineExceededError("The daemon's clock is not known yet.");
}

std::optional<ClockReading> ClockSync::Reading() const {
  const MonoTime now = MonotonicClock().Now();
  const std::lock_guard lock(mutex_);
  return estimate_.At(now);
}

std::optional<ClockSync::WallReading> ClockSync::Wall() const {
  const MonoTime now = MonotonicClock().Now();
  const std::lock_guard lock(mutex_);
  const auto reading = estimate_.At(now);
  if (!reading) return std::nullopt;
  return WallReading{reading->offset + wall_offset_ - ReadWallOffset(), reading->uncertainty};
}

std::optional<ClockSync::LocalStamp> ClockSync::ToLocal(std::int64_t robot_ns,
                                                        std::uint64_t clock_id) const {
  const std::lock_guard lock(mutex_);
  if (clock_id == 0 || clock_id != clock_id_) return std::nullopt;
  const auto about = estimate_.At(MonotonicClock().Now());
  if (!about) return std::nullopt;
  // The clocks drift: of the time that the stamp is from.
  const auto then = estimate_.At(FromNanos(robot_ns - about->offset.count()));
  return LocalStamp{FromNanos(robot_ns - then->offset.count()), then->uncertainty};
}

absl::Status ClockSync::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace soarm::client
