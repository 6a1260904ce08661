#pragma once

#include <optional>
#include <string>

#include "clients/cpp/clock_sync.h"
#include "clients/cpp/link_meter.h"

// What `soarm ping` says.
namespace soarm::cli {

// A beat without an answer within this counts as lost.
inline constexpr Nanos kBeatPatience = std::chrono::seconds(1);

// One line of a measurement that goes on. `down`: for how long there has been no connection.
std::string ProgressLine(const client::LinkReport& report, Nanos since_start,
                         std::optional<Nanos> down);

// One measurement that is over. `wall`: of the daemon's time of day; unset: not known.
struct LinkResult {
  std::string target;
  Nanos every{};
  client::LinkReport report;
  std::optional<client::ClockSync::WallReading> wall;
};

// All of it, and what ttl the link bears.
std::string LinkSummary(const LinkResult& result);
std::string LinkJson(const LinkResult& result);

}  // namespace soarm::cli
