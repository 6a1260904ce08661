#include "server/servo/feetech/registers.h"

#include <vector>

#include <gtest/gtest.h>

#include "server/servo/feetech/capabilities.h"

namespace soarm::servo::feetech {
namespace {

std::int32_t Decode(const Register& reg, int code) {
  const std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(code),
                                           static_cast<std::uint8_t>(code >> 8)};
  return DecodeRegister(reg, bytes);
}

int Encode(const Register& reg, std::int32_t value) {
  RegisterBytes out;
  if (!EncodeRegister(reg, value, out)) return -1;
  return out.width == 1 ? out.bytes[0] : out.bytes[0] | out.bytes[1] << 8;
}

TEST(RegistersTest, OffsetCodesFollowTheThirteenBitTable) {
  const struct {
    std::int32_t value;
    int code;
  } rows[] = {{0, 0},         {1200, 0x04B0},  {-123, 0x087B}, {2047, 0x07FF}, {-2047, 0x0FFF},
              {2048, 0x1000}, {-2048, 0x1800}, {4095, 0x17FF}, {-4095, 0x1FFF}};
  for (const auto& row : rows) {
    EXPECT_EQ(Encode(reg::kOffset, row.value), row.code) << row.value;
    EXPECT_EQ(Decode(reg::kOffset, row.code), row.value) << row.code;
  }
  EXPECT_EQ(Decode(reg::kOffset, 0x0800), 0) << "minus zero";
  EXPECT_EQ(Encode(reg::kOffset, 4096), -1);
}

TEST(RegistersTest, SignBitsSitWhereTheFamilyPutsThem) {
  EXPECT_EQ(Decode(reg::kPosition, 0x8064), -100);
  EXPECT_EQ(Decode(reg::kPosition, 0x8000), 0);
  EXPECT_EQ(Decode(reg::kSpeed, 0x81F4), -500);
  EXPECT_EQ(Decode(reg::kLoad, 0x0400 | 250), -250);
  EXPECT_EQ(Decode(reg::kGoalPwm, 0x0400 | 30), -30);
  EXPECT_EQ(Decode(reg::kCurrent, 0x8000 | 7), -7);
  EXPECT_EQ(Encode(reg::kGoalSpeed, -500), 0x81F4);
  EXPECT_EQ(Encode(reg::kLoad, 1024), -1) << "more than ten bits";
  EXPECT_EQ(Encode(reg::kTorqueLimit, -1), -1);
  EXPECT_EQ(Encode(reg::kTorqueEnable, 256), -1);
}

TEST(RegistersTest, EveryRegisterRoundTripsItsWholeRange) {
  for (const Register& reg : AllRegisters()) {
    for (std::int32_t value = -40'000; value <= 70'000; ++value) {
      const int code = Encode(reg, value);
      if (code < 0) continue;
      ASSERT_EQ(Decode(reg, code), value) << reg.name;
    }
  }
}

TEST(RegistersTest, TwosComplementIsOneTableEntryAway) {
  const Register reg{"present_velocity", 128, 4, Storage::kFeedback, SignRule::kTwosComplement};
  RegisterBytes out;
  ASSERT_TRUE(EncodeRegister(reg, -5, out));
  EXPECT_EQ(out.bytes, (std::array<std::uint8_t, 4>{0xFB, 0xFF, 0xFF, 0xFF}));
  EXPECT_EQ(DecodeRegister(reg, out.span()), -5);
}

TEST(RegistersTest, TheTableIsInOrderAndDoesNotOverlap) {
  int end = 0;
  for (const Register& reg : AllRegisters()) {
    EXPECT_GE(reg.address, end) << reg.name;
    end = reg.address + reg.width;
  }
  EXPECT_LE(end, int{kRegisterCount});
}

TEST(RegistersTest, AnImageThatDoesNotCoverARegisterReadsAsZero) {
  const std::vector<std::uint8_t> image = {1, 2, 3};
  EXPECT_EQ(DecodeFrom(reg::kPosition, 55, image), 2 | 3 << 8);
  EXPECT_EQ(DecodeFrom(reg::kPosition, 57, image), 0);
  EXPECT_EQ(DecodeFrom(reg::kSpeed, 56, image), 0);
}

TEST(RegistersTest, BaudCodesGiveTheRatesOnTheWire) {
  EXPECT_EQ(BaudOfCode(0), 1'000'000);
  EXPECT_EQ(BaudOfCode(3), 128'000);
  EXPECT_EQ(BaudOfCode(5), 76'800);
  EXPECT_EQ(BaudOfCode(7), 38'400);
  EXPECT_EQ(BaudOfCode(8), 0);
}

}  // namespace
}  // namespace soarm::servo::feetech
