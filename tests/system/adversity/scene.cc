#include "tests/system/adversity/scene.h"

#include <gtest/gtest.h>

#include "tests/system/driving.h"
#include "tests/system/frame_stream.h"
#include "tests/system/goal_log.h"

namespace soarm::test {
namespace {

constexpr double kGripperLimit_rad_s = 4.0;

std::map<std::uint32_t, double> Limits() {
  std::map<std::uint32_t, double> limits;
  for (std::uint32_t servo = 1; servo < kGripper; ++servo) limits[servo] = kSpeedLimit_rad_s;
  limits[kGripper] = kGripperLimit_rad_s;
  return limits;
}

}  // namespace

Scene::Scene() : judge_(Limits()) {
  folder_.Write("hold.toml", "[daemon]\nend_state = \"hold\"\n");
  folder_.Write("limp.toml", "[daemon]\nend_state = \"limp\"\n");
  leader_looked_ns_ = Now_ns();
  ledger_.dead.Open(leader_looked_ns_);
}

Scene::~Scene() = default;

void Scene::Rest(Nanos span) {
  EXPECT_TRUE(truth_.WaitUntil(Now_ns() + span.count())) << "the world stands still";
}

void Scene::Look() {
  for (const std::string& complaint : judge_.Look(truth_.Take(), ledger_)) {
    ADD_FAILURE() << complaint;
  }
  // A packet may be on its way now: the margin sees it whole.
  const std::int64_t now_ns = Now_ns();
  EXPECT_EQ(CountChanges(leader_.connection(), leader_looked_ns_), 0) << "the leader is written to";
  leader_looked_ns_ = now_ns - 20 * kMilli_ns;
}

bool Scene::IsTorque(bool on) {
  const sim::Truth truth = TruthOf(arm_.connection());
  for (const sim::ServoTruth& servo : truth.servos()) {
    if (servo.torque_on() != on) return false;
  }
  return truth.servos_size() > 0;
}

void Scene::ExpectTorque(bool on, const char* when) {
  EXPECT_TRUE(Eventually([&] { return IsTorque(on); }))
      << "torque is not " << (on ? "on" : "off") << " everywhere " << when;
}

void Scene::ExpectStillWorks() {
  if (has_driver()) KillDriver();
  if (!is_up()) StartDaemon(EndState::kHold);
  SetDiskFull(false);
  Clear(true);
  const double before_rad = judge_.driven_rad();
  StartDriver(Driving::kMove, 1);
  EXPECT_TRUE(Eventually([&] {
    Look();
    return testing::Test::HasFailure() || judge_.driven_rad() - before_rad > 1;
  })) << "a client that may drive moves nothing";
  KillDriver();
  Rest(std::chrono::seconds(3));
  Look();
}

}  // namespace soarm::test
