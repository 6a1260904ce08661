#pragma once

#include <string>
#include <vector>

#include "server/core/robot.h"

namespace soarm {

// Short hex names for what numbers mean, equal in every process that describes the same robot.
struct Fingerprints {
  std::string schema;       // groups, names, order, units, signs, zeros
  std::string calibration;  // signs, zeros and ranges: which angle a raw tick is
};

// `descriptions` by bus index.
Fingerprints FingerprintOf(const std::vector<GroupInfo>& groups,
                           const std::vector<BusDescription>& descriptions);

}  // namespace soarm
