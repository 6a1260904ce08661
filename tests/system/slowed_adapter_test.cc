// An adapter that begins to hold answers back while the daemon drives through it.

#include <string>

#include <gmock/gmock.h>

#include "common/base/problem.h"
#include "tests/system/fault_rig.h"

namespace soarm::test {
namespace {

using testing::HasSubstr;

class SlowedAdapterTest : public FaultTest, public testing::WithParamInterface<int> {
 protected:
  void Batch(int by_ms) {
    sim::BatchRequest batch;
    batch.mutable_by()->set_nanos(by_ms * 1'000'000);
    Do(kBatch, batch);
  }
  // What the daemon says of its adapter; an empty one where that is quick.
  v1::FaultReport AdapterLatency() {
    const v1::StatusResponse status = Status();
    for (const v1::FaultReport& fault : status.faults()) {
      if (fault.fault() == "ADAPTER_LATENCY") return fault;
    }
    return {};
  }
  bool IsSlow() { return !AdapterLatency().fault().empty(); }
  std::string Faults() {
    std::string names;
    const v1::StatusResponse status = Status();
    for (const v1::FaultReport& fault : status.faults()) names += fault.fault() + " ";
    return names;
  }
};

TEST_P(SlowedAdapterTest, TorqueComesOnAndTheFaultComesAndGoes) {
  StartDaemon();
  ASSERT_FALSE(IsSlow());
  const v1::BusStatus before = Status().buses(0);
  Batch(GetParam());
  ASSERT_TRUE(Energised());
  EXPECT_TRUE(Eventually([&] { return IsSlow(); }));
  const v1::FaultReport slow = AdapterLatency();
  EXPECT_GE(std::stoi(slow.facts().at("delay_ms")), GetParam()) << "a busy host adds to it";
  EXPECT_THAT(slow.fix(), HasSubstr("latency timer"));
  ExpectMoves("wrist_flex", 4, 0.5);
  EXPECT_THAT(Faults(), testing::Not(HasSubstr("FOREIGN_TRAFFIC")));
  Batch(0);
  EXPECT_TRUE(Eventually([&] { return !IsSlow(); }));
  EXPECT_EQ(Status().buses(0).opens(), before.opens()) << "nothing of it takes another opening";
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, SlowedAdapterTest, testing::Values(3, 8, 12));

class TooSlowAdapterTest : public SlowedAdapterTest {};

TEST_F(TooSlowAdapterTest, NoTorqueComesOn) {
  StartDaemon();
  Batch(30);
  EXPECT_TRUE(Eventually([&] { return IsSlow(); }));
  EXPECT_THAT(AdapterLatency().message(), HasSubstr("no torque is enabled"));
  client::LeaseOptions options;
  options.client_name = "test";
  auto lease = client::Lease::Acquire(daemon_->connection(), options);
  ASSERT_TRUE(lease.ok()) << lease.status();
  lease_ = *std::move(lease);
  EXPECT_EQ(ProblemOf(EnableTorque()).reason, "ADAPTER_LATENCY");
}

}  // namespace
}  // namespace soarm::test
