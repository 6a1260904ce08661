#include "common/base/angle_text.h"

#include <cmath>
#include <cstdio>

#include "common/base/units.h"

namespace soarm {
namespace {

std::string Number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

std::string Rad(double angle_rad) { return Number("%.4g", angle_rad); }

// To a tenth, unless that is a row of digits which nobody reads.
std::string Deg(double angle_rad) {
  const double angle_deg = angle_rad * kDegPerRad;
  return Number(std::abs(angle_deg) < 1e4 ? "%.1f" : "%.3g", angle_deg);
}

}  // namespace

std::string AngleText(double angle_rad) {
  return Rad(angle_rad) + " rad (" + Deg(angle_rad) + " deg)";
}

std::string AngleRangeText(double lower_rad, double upper_rad) {
  return Rad(lower_rad) + " to " + Rad(upper_rad) + " rad (" + Deg(lower_rad) + " to " +
         Deg(upper_rad) + " deg)";
}

}  // namespace soarm
