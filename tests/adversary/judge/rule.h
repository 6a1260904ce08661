#pragma once

#include <string>
#include <vector>

#include "tests/adversary/judge/drives.h"
#include "tests/adversary/judge/ledger.h"
#include "tests/adversary/judge/troubles.h"
#include "tests/adversary/play/referee.h"

namespace soarm::adversary {

// What every rule looks at.
struct Case {
  const SceneFacts& scene;
  const Ledger& ledger;
  const Troubles& troubles;
  const Drives& drives;
  std::vector<Violation>& violations;

  // At most a few of each rule: one is enough to look for its cause.
  void Accuse(Time at, const std::string& rule, const std::string& what) const;
  std::string NameOf(std::size_t joint) const {
    return scene.joints[joint].group + "/" + scene.joints[joint].name;
  }
};

std::string Say(const char* format, ...) __attribute__((format(printf, 1, 2)));

// One promise and how it is broken.
class Rule {
 public:
  explicit Rule(const Case& facts) : case_(facts) {}
  virtual ~Rule() = default;
  virtual void OnEvent(Time /*at*/, const What& /*what*/) {}
  virtual void OnTruth(const TruthFrame& /*frame*/) {}
  virtual void End(Time /*at*/) {}

 protected:
  const Case& case_;
};

}  // namespace soarm::adversary
