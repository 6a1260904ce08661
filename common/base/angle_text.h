#pragma once

#include <string>

namespace soarm {

// "1.92 rad (110.0 deg)", for people: programs speak radians, and who types a command degrees.
std::string AngleText(double angle_rad);
// "-1.92 to 1.92 rad (-110.0 to 110.0 deg)".
std::string AngleRangeText(double lower_rad, double upper_rad);

}  // namespace soarm
