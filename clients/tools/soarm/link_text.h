#pragma once

#include <optional>
#include <string>

#include "clients/cpp/link_meter.h"

// What `soarm ping` says.
namespace soarm::cli {

// A beat without an answer within this counts as lost.
inline constexpr Nanos kBeatPatience = std::chrono::seconds(1);

// One line of a measurement that goes on. `down`: for how long there has been no connection.
std::string ProgressLine(const client::LinkReport& report, Nanos since_start,
                         std::optional<Nanos> down);

// All of it, and what ttl the link bears.
std::string LinkSummary(const client::LinkReport& report, const std::string& target, Nanos every);
std::string LinkJson(const client::LinkReport& report, const std::string& target, Nanos every);

}  // namespace soarm::cli
