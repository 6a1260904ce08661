#include "server/runtime/ongoing.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace soarm {
namespace {

// What was told, in order.
struct Told {
  std::vector<std::string> prompts;
  std::optional<absl::Status> end;
};

// Asks one thing after the other, as a calibration does; any choice but the first ends it.
class Questions final : public Ongoing {
 public:
  Questions(std::vector<std::string> texts, Told& told) : texts_(std::move(texts)), told_(told) {}

  bool Look(MonoTime /*now*/, Calls& calls) override {
    if (refused_) return EndWith(absl::AbortedError("refused"), calls);
    if (waits_) return false;
    if (asked_ == texts_.size()) return EndWith(absl::OkStatus(), calls);
    waits_ = true;
    calls.emplace_back([told = &told_, text = texts_[asked_]] { told->prompts.push_back(text); });
    ++asked_;
    return false;
  }
  bool Respond(std::uint64_t prompt, std::size_t choice) override {
    if (!waits_ || prompt != asked_) return false;
    waits_ = false;
    refused_ = choice != 0;
    return true;
  }
  bool GiveUp(Calls& calls) override { return EndWith(absl::CancelledError("given up"), calls); }
  void End(const absl::Status& why, Calls& calls) override { EndWith(why, calls); }

 private:
  bool EndWith(absl::Status status, Calls& calls) {
    calls.emplace_back([told = &told_, status = std::move(status)] { told->end = status; });
    return true;
  }

  const std::vector<std::string> texts_;
  Told& told_;
  std::size_t asked_ = 0;  // the number of the newest prompt
  bool waits_ = false;
  bool refused_ = false;
};

struct Listed {
  std::uint64_t Ask(std::vector<std::string> texts) {
    return list.Add(std::make_unique<Questions>(std::move(texts), told));
  }
  bool Tick() {
    const bool waits = list.OnWake(clock.Now());
    callbacks.Turn();
    return waits;
  }
  TickBell ticked;
  MonotonicClock clock;
  CallbackThread callbacks{ticked, clock};
  OngoingList list{callbacks};
  Told told;
};

const std::vector<std::string> kMiddleThenRange = {"Move it to its middle.",
                                                   "Turn it to its ends."};

TEST(OngoingTest, WaitsForTheAnswerToEachPromptAndGoesOnInTheNextTick) {
  Listed listed;
  const std::uint64_t number = listed.Ask(kMiddleThenRange);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(listed.Tick());
  EXPECT_EQ(listed.told.prompts, std::vector<std::string>{kMiddleThenRange[0]});
  EXPECT_TRUE(listed.list.Respond(number, 1, 0));
  EXPECT_EQ(listed.told.prompts.size(), 1U) << "that is for the tick";
  EXPECT_TRUE(listed.Tick());
  EXPECT_EQ(listed.told.prompts, kMiddleThenRange);
  EXPECT_TRUE(listed.list.Respond(number, 2, 0));
  EXPECT_FALSE(listed.Tick());
  ASSERT_TRUE(listed.told.end);
  EXPECT_TRUE(listed.told.end->ok());
  EXPECT_FALSE(listed.list.Respond(number, 2, 0)) << "it is over";
}

TEST(OngoingTest, AnAnswerThatComesLateOrTwiceIsNoneToTheNextPrompt) {
  Listed listed;
  const std::uint64_t number = listed.Ask(kMiddleThenRange);
  EXPECT_FALSE(listed.list.Respond(number, 1, 0)) << "it has asked nothing yet";
  listed.Tick();
  EXPECT_TRUE(listed.list.Respond(number, 1, 0));
  EXPECT_FALSE(listed.list.Respond(number, 1, 0));
  listed.Tick();
  EXPECT_FALSE(listed.list.Respond(number, 1, 0));
  EXPECT_FALSE(listed.list.Respond(number + 1, 2, 0)) << "of no operation";
  listed.Tick();
  EXPECT_FALSE(listed.told.end);
  EXPECT_TRUE(listed.list.Respond(number, 2, 1));
  listed.Tick();
  ASSERT_TRUE(listed.told.end);
  EXPECT_EQ(listed.told.end->code(), absl::StatusCode::kAborted);
}

TEST(OngoingTest, WhatWaitsForAnAnswerIsGivenUpAndEndedLikeAnyOther) {
  Listed given_up;
  const std::uint64_t number = given_up.Ask(kMiddleThenRange);
  given_up.Tick();
  given_up.list.GiveUp(number);
  EXPECT_FALSE(given_up.list.Respond(number, 1, 0));
  given_up.Tick();
  ASSERT_TRUE(given_up.told.end);
  EXPECT_EQ(given_up.told.end->code(), absl::StatusCode::kCancelled);

  Listed ended;
  ended.Ask(kMiddleThenRange);
  ended.Tick();
  ended.list.End(absl::UnavailableError("the daemon ends"));
  ASSERT_TRUE(ended.told.end);
  EXPECT_EQ(ended.told.end->code(), absl::StatusCode::kUnavailable);
}

// Torque that is switched and a move ask nothing.
TEST(OngoingTest, WhatAsksNothingTakesNoAnswer) {
  class Silent final : public Ongoing {
    bool Look(MonoTime /*now*/, Calls& /*calls*/) override { return false; }
    bool GiveUp(Calls& /*calls*/) override { return true; }
    void End(const absl::Status& /*why*/, Calls& /*calls*/) override {}
  };
  Listed listed;
  const std::uint64_t number = listed.list.Add(std::make_unique<Silent>());
  listed.Tick();
  EXPECT_FALSE(listed.list.Respond(number, 1, 0));
}

}  // namespace
}  // namespace soarm
