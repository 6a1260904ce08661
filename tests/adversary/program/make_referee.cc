#include "tests/adversary/program/make_referee.h"

namespace soarm::adversary {
namespace {

class Lenient final : public Referee {
 public:
  void Begin(const SceneFacts&) override {}
  void On(const Event&) override {}
  void On(const TruthFrame&) override {}
  void End(Time) override {}
  std::vector<Violation> violations() const override { return {}; }
};

}  // namespace

std::unique_ptr<Referee> MakeReferee() { return std::make_unique<Lenient>(); }

}  // namespace soarm::adversary
