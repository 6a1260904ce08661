#include "clients/tools/soarm/robot_view.h"

#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "clients/cpp/durations.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"
#include "common/base/units.h"

namespace soarm::cli {
namespace {

using Align = Table::Align;
using Colour = Output::Colour;

template <typename Range>
std::string Join(const Range& items, std::string_view separator) {
  std::string text;
  for (const auto& item : items) {
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

bool HasPosition(const v1::JointState& joint) {
  return !joint.has_requested_rad_s() && !joint.has_applied_rad_s();
}

std::string SpeedText(double rad_s) { return Fixed(rad_s * kDegPerRad, 1) + "°/s"; }

// What the joint was told: an angle, a wheel's speed, or nothing yet.
std::string AppliedText(const v1::JointState& joint) {
  if (joint.has_applied_rad_s()) return SpeedText(joint.applied_rad_s());
  return joint.has_applied_rad() ? Degrees(joint.applied_rad()) : "–";
}

std::string PositionText(const v1::JointState& joint) {
  if (!HasPosition(joint) || !joint.has_position_rad()) return "–";
  std::string text = Degrees(joint.position_rad());
  if (joint.has_opening()) text = Fixed(joint.opening() * 100.0, 0) + "% " + text;
  return text;
}

// Raw position to torque; dashes for what never answered.
std::vector<std::string> MeasuredCells(const v1::JointState& joint) {
  if (!joint.has_voltage_v()) return std::vector<std::string>(7, "–");
  return {std::to_string(joint.position_raw()), SpeedText(joint.velocity_rad_s()),
          Fixed(joint.load() * 100.0, 0) + "%", Fixed(joint.current_a(), 2) + " A",
          Fixed(joint.voltage_v(), 1) + " V",   Fixed(joint.temperature_c(), 0) + " °C",
          joint.torque_on() ? "on" : "off"};
}

std::string NoteText(const v1::JointState& joint, const Output& output) {
  std::string text = output.Paint(Colour::kRed, Join(joint.faults(), " "));
  if (joint.faults().empty()) text.clear();
  if (joint.stale()) {
    if (!text.empty()) text += " ";
    text +=
        output.Paint(Colour::kYellow, joint.age_ns() < 0 ? "never answered"
                                                         : "stale " + Span(Nanos(joint.age_ns())));
  }
  return text;
}

std::string RangeText(double lower_rad, double upper_rad) {
  return Degrees(lower_rad) + " … " + Degrees(upper_rad);
}

}  // namespace

std::string ModeText(const v1::GroupState& group, const Output& output) {
  std::string text = v1::Mode_Name(group.mode());
  if (!group.mode_reason().empty()) text += " (" + group.mode_reason() + ")";
  switch (group.mode()) {
    case v1::FOLLOW:
    case v1::MOVE:
      return output.Paint(Colour::kGreen, text);
    case v1::LIMP:
      return output.Paint(Colour::kDim, text);
    case v1::SOFT_HOLD:
    case v1::UNKNOWN:
      return output.Paint(Colour::kYellow, text);
    default:  // HOLD, and what a newer daemon may add
      return text;
  }
}

std::string StateTables(const v1::StateFrame& frame, const Output& output) {
  std::string text;
  for (const v1::GroupState& group : frame.groups()) {
    Table table({{"joint"},
                 {"position", Align::kRight},
                 {"goal", Align::kRight},
                 {"raw", Align::kRight},
                 {"speed", Align::kRight},
                 {"load", Align::kRight},
                 {"current", Align::kRight},
                 {"supply", Align::kRight},
                 {"temp", Align::kRight},
                 {"torque"},
                 {""}});
    for (const v1::JointState& joint : group.joints()) {
      std::vector<std::string> row = {joint.name(), PositionText(joint), AppliedText(joint)};
      for (std::string& cell : MeasuredCells(joint)) row.push_back(std::move(cell));
      row.push_back(NoteText(joint, output));
      table.Add(row);
    }
    if (!text.empty()) text += "\n";
    text += group.name() + "  " + ModeText(group, output) + "\n" + table.Render();
  }
  return text.empty() ? "no groups\n" : text;
}

std::string StateLine(const v1::StateFrame& frame) {
  std::string line = Fixed(static_cast<double>(frame.sampled_ns()) * 1e-9, 3) + " s";
  for (const v1::GroupState& group : frame.groups()) {
    line += "  " + group.name() + " " + v1::Mode_Name(group.mode());
    for (const v1::JointState& joint : group.joints()) {
      line += " " + joint.name() + "=";
      const bool known = HasPosition(joint) ? joint.has_position_rad() : joint.has_velocity_rad_s();
      const std::string value =
          HasPosition(joint) ? Degrees(joint.position_rad()) : SpeedText(joint.velocity_rad_s());
      line += known ? value : "–";
      for (const std::string& fault : joint.faults()) line += "!" + fault;
    }
  }
  return line + "\n";
}

std::string DescriptionTables(const v1::RobotDescription& description) {
  std::string text;
  for (const v1::GroupDescription& group : description.groups()) {
    Table table({{"joint"},
                 {"id", Align::kRight},
                 {"model", Align::kRight},
                 {"firmware"},
                 {"calibrated"},
                 {"limits", Align::kRight},
                 {"top speed", Align::kRight}});
    for (const v1::JointDescription& joint : group.joints()) {
      table.Add(
          {joint.name(), std::to_string(joint.servo_id()),
           joint.model_number() == 0 ? "?" : std::to_string(joint.model_number()),
           joint.firmware().empty() ? "?" : joint.firmware(),
           joint.wheel() ? "–" : (joint.calibrated() ? "yes" : "no"),
           joint.wheel() ? "wheel" : RangeText(joint.lower_limit_rad(), joint.upper_limit_rad()),
           SpeedText(joint.velocity_limit_rad_s())});
    }
    if (!text.empty()) text += "\n";
    text += group.name() + "  " + v1::GroupRole_Name(group.role()) + " on bus " + group.bus() +
            "\n" + table.Render();
  }
  return text.empty() ? "no groups\n" : text;
}

std::string LeaseTable(const v1::ListLeasesResponse& leases) {
  if (leases.leases().empty()) return "no leases\n";
  Table table({{"groups"},
               {"class"},
               {"client"},
               {"purpose"},
               {"age", Align::kRight},
               {"expires in", Align::kRight},
               {"fence", Align::kRight}});
  for (const v1::LeaseInfo& lease : leases.leases()) {
    table.Add({Join(lease.groups(), " "), v1::LeaseClass_Name(lease.lease_class()),
               lease.client_name(), lease.purpose(), Span(client::FromProto(lease.age())),
               Span(client::FromProto(lease.expires_in())), std::to_string(lease.fence())});
  }
  return table.Render();
}

std::string PoseTable(const v1::ListPosesResponse& poses) {
  if (poses.poses().empty()) return "no poses; `soarm pose save NAME` saves where the arm is\n";
  Table table({{"group"}, {"pose"}, {"from"}, {"joints"}});
  for (const v1::Pose& pose : poses.poses()) {
    const std::map<std::string, double> joints(pose.joints_rad().begin(), pose.joints_rad().end());
    std::string where;
    for (const auto& [joint, rad] : joints) {
      where += (where.empty() ? "" : " ") + joint + "=" + Degrees(rad);
    }
    table.Add({pose.group(), pose.name(), pose.configured() ? "configuration" : "saved", where});
  }
  return table.Render();
}

}  // namespace soarm::cli
