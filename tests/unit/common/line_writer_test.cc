#include "common/log/line_writer.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace soarm {
namespace {

using namespace std::chrono_literals;

// A pipe whose writing end stays open with the process, as a writer that was left behind needs it.
class LineWriterTest : public testing::Test {
 protected:
  LineWriterTest() { EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0); }
  ~LineWriterTest() override { ::close(ends_[0]); }

  std::string ReadSome() const {
    char buffer[4096];
    const ssize_t size = ::read(ends_[0], buffer, sizeof buffer);
    return {buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  std::string ReadUntil(const std::string& text) const {
    std::string all;
    while (all.find(text) == std::string::npos) all += ReadSome();
    return all;
  }
  int out() const { return ends_[1]; }

  int ends_[2] = {-1, -1};
};

TEST_F(LineWriterTest, WritesLinesInTheirOrder) {
  LineWriter writer(out());
  writer.Post("one\n");
  writer.Post("two\n");
  EXPECT_TRUE(writer.Flush(20s));
  EXPECT_EQ(ReadUntil("two\n"), "one\ntwo\n");
}

TEST_F(LineWriterTest, NobodyWaitsForAFullPipeAndWhatIsLostIsCounted) {
  // Of 100 bytes: more than the queue and what the thread once took from it hold.
  constexpr int kLines = 6000;
  const std::string filling(64 << 10, '\n');
  ASSERT_EQ(::write(out(), filling.data(), filling.size()), 64 << 10) << "the pipe is full now";
  LineWriter writer(out());
  const std::string line(99, 'x');
  for (int i = 0; i < kLines; ++i) writer.Post(line + "\n");
  EXPECT_FALSE(writer.Flush(1ms));
  int written = 0;
  int lost = 0;
  std::string rest;
  while (written + lost < kLines) {
    rest += ReadSome();
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      if (rest[0] == 'x') ++written;
      if (rest[0] == '(') lost += std::atoi(rest.c_str() + 1);
      rest.erase(0, end + 1);
    }
  }
  EXPECT_EQ(written + lost, kLines);
  EXPECT_GT(lost, 0);
  EXPECT_TRUE(writer.Flush(20s));
}

TEST_F(LineWriterTest, EndingDoesNotWaitForAFullPipe) {
  {
    LineWriter writer(out());
    writer.Post(std::string(200 << 10, 'x') + "\n");
  }
  EXPECT_EQ(ReadUntil("\n").size(), (200u << 10) + 1) << "what was posted is written all the same";
}

TEST_F(LineWriterTest, AClosedDescriptorEndsNothing) {
  LineWriter writer(-1);
  writer.Post("nowhere\n");
  EXPECT_TRUE(writer.Flush(20s));
}

}  // namespace
}  // namespace soarm
