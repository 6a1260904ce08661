#pragma once

#include <string>
#include <vector>

#include "tests/adversary/record/record.h"

namespace soarm::adversary {

// A promise that was broken.
struct Violation {
  Time at = 0;
  std::string rule;  // its name; what shrinking keeps to
  std::string what;  // one line
};

// An audience that says afterwards what was wrong.
class Referee : public Audience {
 public:
  virtual std::vector<Violation> violations() const = 0;
};

}  // namespace soarm::adversary
