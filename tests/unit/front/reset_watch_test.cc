#include "server/front/reset_watch.h"

#include <string>

#include <gtest/gtest.h>

#include "server/front/http2.h"

namespace soarm {
namespace {

constexpr MonoTime kStart = FromNanos(1'000'000'000'000);

std::string Frame(char type, std::size_t size) {
  std::string frame = {static_cast<char>(size >> 16U),
                       static_cast<char>(size >> 8U),
                       static_cast<char>(size),
                       type,
                       '\0',
                       '\0',
                       '\0',
                       '\0',
                       '\1'};
  // What looks like the header of a RST_STREAM, but is the payload of something else.
  for (std::size_t i = 0; i < size; ++i) frame += i % 9 == 3 ? '\3' : '\0';
  return frame;
}

const std::string kSaid = std::string(kHttp2Preface) + Frame(4, 0) + Frame(1, 300) + Frame(3, 4) +
                          Frame(0, 70'000) + Frame(3, 4) + Frame(6, 8);

TEST(ResetWatchTest, CountsFramesAndNotWhatIsInThem) {
  ResetWatch watch;
  EXPECT_EQ(watch.Count(kSaid), 2u);
}

TEST(ResetWatchTest, CountsThemHoweverTheyAreCut) {
  for (const std::size_t piece : {1u, 2u, 7u, 1000u}) {
    ResetWatch watch;
    std::size_t resets = 0;
    for (std::size_t at = 0; at < kSaid.size(); at += piece) {
      resets += watch.Count(std::string_view(kSaid).substr(at, piece));
    }
    EXPECT_EQ(resets, 2u) << piece;
  }
}

TEST(ResetBudgetTest, IsSomeAtOnceAndFewASecond) {
  ResetBudget budget(kStart);
  int taken = 0;
  while (budget.Take(kStart)) ++taken;
  EXPECT_EQ(taken, static_cast<int>(ResetBudget::kAtOnce));
  taken = 0;
  while (budget.Take(kStart + std::chrono::seconds(1))) ++taken;
  EXPECT_EQ(taken, static_cast<int>(ResetBudget::kEachSecond));
}

}  // namespace
}  // namespace soarm
