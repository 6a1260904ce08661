#include "clients/tools/soarm/link_text.h"

#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/text.h"

namespace soarm::cli {
namespace {

using client::LinkMeter;
using client::LinkReport;

constexpr Nanos kLongestBaseTtl = std::chrono::milliseconds(250);
// [loss] hold_after_s, where nobody has configured it.
constexpr Nanos kUsualHoldAfter = std::chrono::milliseconds(250);

std::string Ms(Nanos span) { return Fixed(static_cast<double>(span.count()) * 1e-6, 1) + " ms"; }
std::string WholeMs(Nanos span) { return std::to_string(span.count() / 1'000'000) + " ms"; }
std::string Percent(double percent) { return Fixed(percent, 1) + " %"; }

}  // namespace

std::string ProgressLine(const LinkReport& report, Nanos since_start, std::optional<Nanos> down) {
  std::string line = Span(since_start) + ": ";
  if (down) line += "the connection has been down for " + Span(*down) + "; ";
  line +=
      std::to_string(report.answered) + " of " + std::to_string(report.sent) + " beats answered";
  if (report.answered > 0) {
    line += ", p50 " + Ms(report.p50) + ", max " + Ms(report.max) + ", longest gap " +
            Ms(report.longest_gap);
  }
  return line + ", lost " + Percent(report.loss_percent) + "\n";
}

namespace {

std::string OutageLines(const LinkReport& report) {
  if (report.outages == 0) return "";
  return "outages      " + std::to_string(report.outages) + ", which cut off " +
         std::to_string(report.cut) + " beats and are in no other figure:\n" +
         "             while there is no connection an arm holds, whatever the ttl\n";
}

std::string WallLine(const std::optional<client::ClockSync::WallReading>& wall) {
  if (!wall) return "";
  const bool behind = wall->ahead < Nanos{};
  const Nanos apart = behind ? -wall->ahead : wall->ahead;
  return "time of day  the robot's is " +
         (apart < std::chrono::seconds(1) ? Ms(apart) : Span(apart)) +
         (behind ? " behind" : " ahead") + ", within " + Ms(wall->uncertainty) + "\n";
}

std::string WallJson(const std::optional<client::ClockSync::WallReading>& wall) {
  const auto ms = [](Nanos span) { return Fixed(static_cast<double>(span.count()) * 1e-6, 3); };
  return ",\"wall_ahead_ms\":" + (wall ? ms(wall->ahead) : "null") +
         ",\"wall_uncertainty_ms\":" + (wall ? ms(wall->uncertainty) : "null");
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

}  // namespace

std::string LinkSummary(const LinkResult& result) {
  const LinkReport& report = result.report;
  return "link to " + result.target + ", a beat every " + WholeMs(result.every) +
         "\nbeats        " + std::to_string(report.sent) + " sent, " +
         std::to_string(report.answered) + " answered, " + std::to_string(report.lost) + " lost (" +
         Percent(report.loss_percent) + ", no answer within " + WholeMs(kBeatPatience) +
         ")\nround trip   p50 " + Ms(report.p50) + ", p95 " + Ms(report.p95) + ", p99 " +
         Ms(report.p99) + ", max " + Ms(report.max) + "\njitter       " + Ms(report.jitter) +
         " (RFC 3550, of round trips)\nlongest gap  " + Ms(report.longest_gap) +
         " between answers\nage          " + Ms(report.age) +
         " at most, of the newest answered beat\n" + WallLine(result.wall) + OutageLines(report) +
         LinkAdvice(report);
}

std::string LinkJson(const LinkResult& result) {
  const LinkReport& report = result.report;
  const auto ms = [](Nanos span) { return Fixed(static_cast<double>(span.count()) * 1e-6, 3); };
  const auto maybe = [&](const std::optional<Nanos>& span) { return span ? ms(*span) : "null"; };
  return "{\"target\":" + JsonString(result.target) + ",\"every_ms\":" + ms(result.every) +
         ",\"sent\":" + std::to_string(report.sent) +
         ",\"answered\":" + std::to_string(report.answered) +
         ",\"lost\":" + std::to_string(report.lost) + ",\"cut\":" + std::to_string(report.cut) +
         ",\"outages\":" + std::to_string(report.outages) +
         ",\"loss_percent\":" + Fixed(report.loss_percent, 3) +
         ",\"round_trip_p50_ms\":" + ms(report.p50) + ",\"round_trip_p95_ms\":" + ms(report.p95) +
         ",\"round_trip_p99_ms\":" + ms(report.p99) + ",\"round_trip_max_ms\":" + ms(report.max) +
         ",\"jitter_ms\":" + ms(report.jitter) + ",\"longest_gap_ms\":" + ms(report.longest_gap) +
         ",\"age_ms\":" + ms(report.age) + ",\"ttl_ms\":" + maybe(report.ttl) +
         ",\"late_at_longest_ttl_percent\":" + Fixed(report.late_percent, 3) +
         ",\"lease_ttl_ms\":" + maybe(report.lease_ttl) + WallJson(result.wall) + "}\n";
}

}  // namespace soarm::cli
