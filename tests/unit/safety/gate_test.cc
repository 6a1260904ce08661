#include "server/safety/gate.h"

#include <functional>
#include <vector>

#include <gtest/gtest.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

struct GateCase {
  const char* name;
  std::function<void(CommandFacts&, GateFacts&)> change;
  GateAction action;
  HoldCause cause;
  VerdictKind verdict;
};

CommandFacts GoodCommand() {
  return {.finite = true,
          .stream = 5,
          .epoch = 7,
          .fence = 3,
          .received_at = FromNanos(1'000'000'000),
          .not_after = FromNanos(1'200'000'000)};
}

GateFacts GoodFacts() {
  return {.now = FromNanos(1'100'000'000),
          .mode = Mode::kHold,
          .stop = StopLevel::kNone,
          .fault = false,
          .epoch = 7,
          .fence = 3,
          .lease_until = FromNanos(2'000'000'000),
          .first_stream = 5,
          .max_ahead = 500ms};
}

TEST(GateTest, EveryRowOfItsTableHolds) {
  using C = CommandFacts;
  using F = GateFacts;
  const std::vector<GateCase> cases = {
      {"good", [](C&, F&) {}, GateAction::kFollow, HoldCause::kNone, VerdictKind::kApplied},
      {"stop release", [](C&, F& f) { f.stop = StopLevel::kRelease; }, GateAction::kRelease,
       HoldCause::kStopped, VerdictKind::kHeld},
      {"not finite", [](C& c, F&) { c.finite = false; }, GateAction::kHold, HoldCause::kNone,
       VerdictKind::kRejected},
      {"old fence", [](C& c, F&) { c.fence = 2; }, GateAction::kHold, HoldCause::kLeaseLost,
       VerdictKind::kFenced},
      {"future fence", [](C& c, F&) { c.fence = 4; }, GateAction::kHold, HoldCause::kLeaseLost,
       VerdictKind::kFenced},
      {"other epoch", [](C& c, F&) { c.epoch = 8; }, GateAction::kHold, HoldCause::kLeaseLost,
       VerdictKind::kFenced},
      {"nobody's", [](C& c, F& f) { c.fence = f.fence = 0; }, GateAction::kHold,
       HoldCause::kLeaseLost, VerdictKind::kFenced},
      {"lease ended", [](C&, F& f) { f.lease_until = f.now; }, GateAction::kHold,
       HoldCause::kLeaseLost, VerdictKind::kFenced},
      {"expired", [](C& c, F& f) { c.not_after = f.now - 1ns; }, GateAction::kHold,
       HoldCause::kExpired, VerdictKind::kExpired},
      {"just valid", [](C& c, F& f) { c.not_after = f.now; }, GateAction::kFollow, HoldCause::kNone,
       VerdictKind::kApplied},
      {"too far ahead", [](C& c, F&) { c.not_after = c.received_at + 501ms; }, GateAction::kHold,
       HoldCause::kNone, VerdictKind::kTooFarAhead},
      {"stop hold", [](C&, F& f) { f.stop = StopLevel::kHold; }, GateAction::kHold,
       HoldCause::kStopped, VerdictKind::kHeld},
      {"stop soft hold", [](C&, F& f) { f.stop = StopLevel::kSoftHold; }, GateAction::kHold,
       HoldCause::kStopped, VerdictKind::kHeld},
      {"stream older than a clear", [](C&, F& f) { f.first_stream = 6; }, GateAction::kHold,
       HoldCause::kStopped, VerdictKind::kHeld},
      {"fault", [](C&, F& f) { f.fault = true; }, GateAction::kHold, HoldCause::kFault,
       VerdictKind::kHeld},
      {"limp", [](C&, F& f) { f.mode = Mode::kLimp; }, GateAction::kHold, HoldCause::kNone,
       VerdictKind::kHeld},
      {"unknown", [](C&, F& f) { f.mode = Mode::kUnknown; }, GateAction::kHold, HoldCause::kNone,
       VerdictKind::kHeld},
      {"found and not prepared", [](C&, F& f) { f.unprepared = true; }, GateAction::kHold,
       HoldCause::kAdopted, VerdictKind::kHeld},
      {"no numbers, and limp",
       [](C& c, F& f) {
         c.finite = false;
         f.mode = Mode::kLimp;
       },
       GateAction::kHold, HoldCause::kNone, VerdictKind::kRejected},
      {"soft hold follows", [](C&, F& f) { f.mode = Mode::kSoftHold; }, GateAction::kFollow,
       HoldCause::kNone, VerdictKind::kApplied},
  };
  for (const GateCase& row : cases) {
    CommandFacts command = GoodCommand();
    GateFacts facts = GoodFacts();
    row.change(command, facts);
    const GateDecision decision = DecideGate(command, facts);
    EXPECT_EQ(decision.action, row.action) << row.name;
    EXPECT_EQ(decision.cause, row.cause) << row.name;
    EXPECT_EQ(decision.verdict, row.verdict) << row.name;
  }
}

}  // namespace
}  // namespace soarm
