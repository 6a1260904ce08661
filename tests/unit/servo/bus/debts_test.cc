#include "server/servo/bus/debts.h"

#include <gtest/gtest.h>

namespace soarm::servo {
namespace {

constexpr std::size_t kRegisters = 87;

TEST(DebtsTest, AskForALengthThatNobodyOwes) {
  Debts debts(kRegisters);
  const MonoTime now{};
  const std::uint8_t ids[] = {1, 2};
  EXPECT_EQ(debts.Distinct({56, 15}, ids).count, 15);
  debts.Add(1, 15, now);
  debts.Add(2, 16, now);
  const Block block = debts.Distinct({56, 15}, ids);
  EXPECT_EQ(block.address, 54);
  EXPECT_EQ(block.count, 17);
  EXPECT_TRUE(debts.Settle(1, 15));
  EXPECT_FALSE(debts.Settle(1, 15)) << "settled once";
  EXPECT_EQ(debts.Distinct({56, 15}, ids).count, 15);
  debts.Forget(now + Debts::kLifetime);
  EXPECT_EQ(debts.size(), 0U);
}

TEST(DebtsTest, BlocksAtRegisterZeroGrowAtTheEnd) {
  Debts debts(kRegisters);
  const std::uint8_t id = 1;
  debts.Add(id, 40, {});
  const Block block = debts.Distinct({0, 40}, {&id, 1});
  EXPECT_EQ(block.address, 0);
  EXPECT_EQ(block.count, 41);
}

}  // namespace
}  // namespace soarm::servo
