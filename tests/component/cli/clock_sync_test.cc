// The client's estimate of the daemon's clock, against a daemon whose clock is this machine's.

#include "clients/cpp/clock_sync.h"

#include <chrono>
#include <memory>
#include <optional>

#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "clients/cpp/connection.h"
#include "tests/component/cli/fake_clock_service.h"
#include "tests/component/cli/fake_daemon.h"

namespace soarm::test {
namespace {

using namespace std::chrono_literals;

class ClockSyncTest : public testing::Test {
 protected:
  void Start(FakeDaemon::Script script = {}) {
    daemon_.emplace(std::move(script));
    client::Address address;
    address.target = daemon_->address();
    auto connection = client::Connection::Open(address);
    ASSERT_TRUE(connection.ok()) << connection.status();
    connection_ = std::move(*connection);
  }

  std::optional<FakeDaemon> daemon_;
  std::unique_ptr<client::Connection> connection_;
};

TEST_F(ClockSyncTest, OneClockIsNotAheadOfItself) {
  Start();
  client::ClockSync clock(*connection_);
  ASSERT_TRUE(clock.WaitUntilKnown(10s).ok());
  const client::ClockReading reading = *clock.Reading();
  EXPECT_GT(reading.uncertainty, 0ns);
  EXPECT_LE(std::chrono::abs(reading.offset), reading.uncertainty);
  const auto wall = *clock.Wall();
  EXPECT_LE(std::chrono::abs(wall.ahead), 1s) << "read in turn, on both sides";
}

TEST_F(ClockSyncTest, AStampOfTheDaemonsIsToldOnThisMachinesClock) {
  Start();
  client::ClockSync clock(*connection_);
  ASSERT_TRUE(clock.WaitUntilKnown(10s).ok());
  const MonoTime stamped = MonotonicClock().Now() - 5s;
  const auto local = clock.ToLocal(ToNanos(stamped), FakeClockService::kClockId);
  ASSERT_TRUE(local.has_value());
  EXPECT_LE(std::chrono::abs(local->at - stamped), local->uncertainty);
  EXPECT_FALSE(clock.ToLocal(ToNanos(stamped), FakeClockService::kClockId + 1))
      << "of another boot";
  EXPECT_FALSE(clock.ToLocal(ToNanos(stamped), 0)) << "of no clock";
}

TEST_F(ClockSyncTest, ADaemonThatIsGoneIsSaidAndWhatWasKnownStays) {
  Start();
  client::ClockSync clock(*connection_);
  ASSERT_TRUE(clock.WaitUntilKnown(10s).ok());
  daemon_.reset();
  while (clock.status().ok()) std::this_thread::yield();
  EXPECT_TRUE(absl::IsUnavailable(clock.status())) << clock.status();
  EXPECT_TRUE(clock.Reading().has_value());
}

TEST_F(ClockSyncTest, NothingIsKnownOfADaemonThatRefuses) {
  FakeDaemon::Script script;
  v1::ErrorDetail detail;
  detail.set_reason("ROLE_TOO_LOW");
  script.errors["Sync"] = {grpc::StatusCode::PERMISSION_DENIED, detail};
  Start(std::move(script));
  client::ClockSync clock(*connection_);
  const absl::Status known = clock.WaitUntilKnown(10s);
  EXPECT_TRUE(absl::IsPermissionDenied(known)) << known;
  EXPECT_FALSE(clock.Reading().has_value());
  EXPECT_FALSE(clock.Wall().has_value());
}

}  // namespace
}  // namespace soarm::test
