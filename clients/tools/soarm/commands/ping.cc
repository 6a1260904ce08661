#include <algorithm>
#include <chrono>
#include <future>
#include <optional>

#include "clients/cpp/beat_sender.h"
#include "clients/cpp/error.h"
#include "clients/cpp/link_meter.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/link_text.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

using client::LinkReport;

constexpr Nanos kLineEvery = std::chrono::seconds(1);
constexpr Nanos kCtrlCEvery = std::chrono::milliseconds(50);  // is looked at

absl::Status NothingAnswered(const std::string& target, std::uint64_t sent) {
  return Refuse(absl::StatusCode::kDeadlineExceeded, "NO_BEAT_ANSWERED", target,
                "soarmd at " + target + " has answered none of " + std::to_string(sent) +
                    " beats within " + Span(kBeatPatience) + ".",
                "See whether it hangs (its log, `systemctl status soarmd`), or use a faster link.",
                {{"sent", std::to_string(sent)}});
}

// Whether the daemon has gone, or is about to.
bool IsAway(const absl::Status& status) {
  const std::string reason = ProblemOf(status).reason;
  return reason == client::kDaemonUnreachable || reason == client::kShuttingDown;
}

// One measurement. While the connection is down it sends nothing, and waits for it.
class Measurement {
 public:
  Measurement(Session& session, client::Connection& connection, const PingOptions& options)
      : session_(session),
        connection_(connection),
        options_(options),
        beats_(connection, kBeatPatience),
        daemons_clock_(connection) {}

  absl::Status Run() {
    const MonoTime started = clock_.Now();
    MonoTime next = started;
    MonoTime next_line = started + kLineEvery;
    const bool lines = session_.output.out_is_terminal() && !session_.output.json();
    while (GoesOn()) {
      if (down_since_) {
        LookForConnection();
      } else {
        beats_.Send();
        meter_.Sent();
        ++sent_;
      }
      // After a standstill of this program no burst follows.
      next = std::max(next + options_.every, clock_.Now());
      while (clock_.Now() < next && !Stopped()) {
        TakeUntil(std::min(next, clock_.Now() + kCtrlCEvery), false);
      }
      if (lines && clock_.Now() >= next_line) {
        const MonoTime now = clock_.Now();
        session_.output.Print(
            ProgressLine(meter_.Report(now), now - started,
                         down_since_ ? std::optional(now - *down_since_) : std::nullopt));
        next_line += kLineEvery;
      }
    }
    const MonoTime last = clock_.Now();
    while (beats_.out() > 0 && !Stopped() && ended_.ok()) {
      TakeUntil(clock_.Now() + kCtrlCEvery, true);
    }
    return Finish(meter_.Report(Stopped() ? last : clock_.Now()));
  }

 private:
  bool Stopped() const { return session_.stop.stop_requested(); }
  bool GoesOn() const {
    return !Stopped() && session_.output.good() && ended_.ok() &&
           (options_.count == 0 || sent_ < options_.count);
  }

  void TakeUntil(MonoTime time, bool for_rest) {
    for (const auto& beat : beats_.TakeUntil(time, for_rest)) {
      if (beat.status.ok()) {
        meter_.Answered(beat.sent_at, beat.ended_at);
        continue;
      }
      const bool silent = absl::IsDeadlineExceeded(beat.status);
      if (IsAway(beat.status) || (silent && !connection_.is_up())) {
        if (!down_since_) BeginOutage(beat.status);
        meter_.Cut();
        continue;
      }
      meter_.Lost();
      if (!silent) failed_ = beat.status;
      // Of those no later beat comes to more.
      if (absl::IsUnauthenticated(beat.status) || absl::IsPermissionDenied(beat.status)) {
        ended_ = beat.status;
      }
    }
  }

  void BeginOutage(const absl::Status& why) {
    down_since_ = clock_.Now();
    failed_ = why;
    meter_.Outage();
    connection_.Revive();
    session_.output.Note("The connection is down.\n");
    if (!fault_.valid()) {
      fault_ = std::async(std::launch::async, [this] { return connection_.FindFault(); });
    }
  }

  void LookForConnection() {
    if (fault_.valid() && fault_.wait_for(Nanos{0}) == std::future_status::ready) {
      ended_ = fault_.get();
      if (!ended_.ok()) return;
    }
    const Nanos down = clock_.Now() - *down_since_;
    if (connection_.is_up()) {
      session_.output.Note("The connection is back, after " + Span(down) + ".\n");
      down_since_.reset();
    } else if (down > options_.longest_outage) {
      ended_ = failed_;
    }
  }

  absl::Status Finish(const LinkReport& report) {
    Output& output = session_.output;
    const std::string& target = connection_.target();
    if (report.answered > 0) {
      const LinkResult result{target, options_.every, report, daemons_clock_.Wall()};
      output.Print(output.json() ? LinkJson(result) : LinkSummary(result));
    }
    if (!ended_.ok()) return ended_;
    // Without a count Ctrl-C is how it ends.
    if (report.answered > 0) {
      return options_.count > 0 && sent_ < options_.count ? client::InterruptedError()
                                                          : absl::OkStatus();
    }
    if (Stopped()) return client::InterruptedError();
    return failed_.ok() ? NothingAnswered(target, sent_) : failed_;
  }

  Session& session_;
  client::Connection& connection_;
  const PingOptions options_;
  MonotonicClock clock_;
  client::LinkMeter meter_;
  client::BeatSender beats_;
  client::ClockSync daemons_clock_;
  std::uint64_t sent_ = 0;
  std::optional<MonoTime> down_since_;
  std::future<absl::Status> fault_;  // of the connection that is down
  absl::Status failed_;              // the newest that was not lost in silence
  absl::Status ended_;               // why it is of no use to go on
};

}  // namespace

absl::Status RunPing(Session& session, const PingOptions& options) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  return Measurement(session, **connection, options).Run();
}

}  // namespace soarm::cli
