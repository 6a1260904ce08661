#include <algorithm>
#include <cstdio>

#include "clients/cpp/beat_sender.h"
#include "clients/cpp/error.h"
#include "clients/cpp/link_meter.h"
#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

using client::LinkMeter;
using client::LinkReport;

constexpr Nanos kBeatPatience = std::chrono::seconds(1);
constexpr Nanos kLineEvery = std::chrono::seconds(1);
constexpr Nanos kCtrlCEvery = std::chrono::milliseconds(50);  // at Ctrl-C
constexpr Nanos kLongestBaseTtl = std::chrono::milliseconds(250);
// [loss] hold_after_s, where nobody has configured it.
constexpr Nanos kUsualHoldAfter = std::chrono::milliseconds(250);

std::string Ms(Nanos span) { return Fixed(static_cast<double>(span.count()) * 1e-6, 1) + " ms"; }
std::string WholeMs(Nanos span) { return std::to_string(span.count() / 1'000'000) + " ms"; }
std::string Percent(double percent) { return Fixed(percent, 1) + " %"; }

std::string ProgressLine(const LinkReport& report, Nanos since_start) {
  std::string line = Span(since_start) + ": " + std::to_string(report.answered) + " of " +
                     std::to_string(report.sent) + " beats answered";
  if (report.answered > 0) {
    line += ", p50 " + Ms(report.p50) + ", max " + Ms(report.max) + ", longest gap " +
            Ms(report.longest_gap);
  }
  return line + ", lost " + Percent(report.loss_percent) + "\n";
}

std::string LinkAdvice(const LinkReport& report) {
  std::string text;
  if (report.ttl) {
    text = "commands     ttl " + WholeMs(*report.ttl) +
           (*report.ttl > kLongestBaseTtl ? " (too long for a base, which grants 250 ms)\n" : "\n");
  } else {
    text = "commands     no ttl is long enough: the longest is " + WholeMs(LinkMeter::kLongestTtl) +
           ", and what arrived was up to " + Ms(report.age + LinkMeter::kBeatPeriod) +
           " old;\n             with it " + Percent(report.late_percent) +
           " of the commands would have expired\n";
  }
  if (report.longest_gap > kUsualHoldAfter) {
    text += "             an arm holds in a silence of more than " + WholeMs(kUsualHoldAfter) +
            " whatever the ttl ([loss] hold_after_s)\n";
  }
  text += report.lease_ttl ? "lease        ttl " + Span(*report.lease_ttl) + " or more\n"
                           : "lease        no ttl is long enough\n";
  return text;
}

std::string LinkSummary(const LinkReport& report, const std::string& target, Nanos every) {
  return "link to " + target + ", a beat every " + WholeMs(every) + "\nbeats        " +
         std::to_string(report.sent) + " sent, " + std::to_string(report.answered) + " answered, " +
         std::to_string(report.lost) + " lost (" + Percent(report.loss_percent) +
         ", no answer within " + WholeMs(kBeatPatience) + ")\nround trip   p50 " + Ms(report.p50) +
         ", p95 " + Ms(report.p95) + ", p99 " + Ms(report.p99) + ", max " + Ms(report.max) +
         "\njitter       " + Ms(report.jitter) + " (RFC 3550, of round trips)\nlongest gap  " +
         Ms(report.longest_gap) + " between answers\nage          " + Ms(report.age) +
         " at most, of the newest answered beat\n" + LinkAdvice(report);
}

std::string LinkJson(const LinkReport& report, const std::string& target, Nanos every) {
  const auto ms = [](Nanos span) { return Fixed(static_cast<double>(span.count()) * 1e-6, 3); };
  const auto maybe = [&](const std::optional<Nanos>& span) { return span ? ms(*span) : "null"; };
  return "{\"target\":" + JsonString(target) + ",\"every_ms\":" + ms(every) +
         ",\"sent\":" + std::to_string(report.sent) +
         ",\"answered\":" + std::to_string(report.answered) +
         ",\"lost\":" + std::to_string(report.lost) +
         ",\"loss_percent\":" + Fixed(report.loss_percent, 3) +
         ",\"round_trip_p50_ms\":" + ms(report.p50) + ",\"round_trip_p95_ms\":" + ms(report.p95) +
         ",\"round_trip_p99_ms\":" + ms(report.p99) + ",\"round_trip_max_ms\":" + ms(report.max) +
         ",\"jitter_ms\":" + ms(report.jitter) + ",\"longest_gap_ms\":" + ms(report.longest_gap) +
         ",\"age_ms\":" + ms(report.age) + ",\"ttl_ms\":" + maybe(report.ttl) +
         ",\"late_at_longest_ttl_percent\":" + Fixed(report.late_percent, 3) +
         ",\"lease_ttl_ms\":" + maybe(report.lease_ttl) + "}\n";
}

absl::Status NothingAnswered(const std::string& target, std::uint64_t sent) {
  return Refuse(absl::StatusCode::kDeadlineExceeded, "NO_BEAT_ANSWERED", target,
                "soarmd at " + target + " has answered none of " + std::to_string(sent) +
                    " beats within " + WholeMs(kBeatPatience) + ".",
                "See whether it hangs (its log, `systemctl status soarmd`), or use a faster link.",
                {{"sent", std::to_string(sent)}});
}

}  // namespace

absl::Status RunPing(Session& session, const PingOptions& options) {
  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  Output& output = session.output;
  const std::string& target = (*connection)->target();
  MonotonicClock clock;
  LinkMeter meter;
  absl::Status failed;  // the newest that was not lost in silence
  client::BeatSender beats(**connection, kBeatPatience);
  const auto take_until = [&](MonoTime time, bool for_rest) {
    for (const auto& beat : beats.TakeUntil(time, for_rest)) {
      if (beat.status.ok()) {
        meter.Answered(beat.sent_at, beat.ended_at);
      } else {
        meter.Lost();
        if (!absl::IsDeadlineExceeded(beat.status)) failed = beat.status;
      }
    }
  };

  const bool lines = output.out_is_terminal() && !output.json();
  const MonoTime started = clock.Now();
  MonoTime next = started;
  MonoTime next_line = started + kLineEvery;
  std::uint64_t sent = 0;
  const auto goes_on = [&] {
    return !session.stop.stop_requested() && output.good() &&
           (options.count == 0 || sent < options.count);
  };
  while (goes_on()) {
    beats.Send();
    meter.Sent();
    ++sent;
    // After a standstill of this program no burst follows.
    next = std::max(next + options.every, clock.Now());
    while (clock.Now() < next && !session.stop.stop_requested()) {
      take_until(std::min(next, clock.Now() + kCtrlCEvery), false);
    }
    if (lines && clock.Now() >= next_line) {
      output.Print(ProgressLine(meter.Report(clock.Now()), clock.Now() - started));
      next_line += kLineEvery;
    }
  }
  const MonoTime last = clock.Now();
  while (beats.out() > 0 && !session.stop.stop_requested()) {
    take_until(clock.Now() + kCtrlCEvery, true);
  }

  const LinkReport report = meter.Report(session.stop.stop_requested() ? last : clock.Now());
  if (report.answered == 0) {
    if (session.stop.stop_requested()) return client::InterruptedError();
    return failed.ok() ? NothingAnswered(target, sent) : failed;
  }
  output.Print(output.json() ? LinkJson(report, target, options.every)
                             : LinkSummary(report, target, options.every));
  // Without a count Ctrl-C is how it ends.
  return options.count > 0 && sent < options.count ? client::InterruptedError() : absl::OkStatus();
}

}  // namespace soarm::cli
