#include "common/base/listen_address.h"

#include <gtest/gtest.h>

namespace soarm {
namespace {

TEST(ListenAddressTest, ReadsWhatItPrints) {
  for (const std::string text :
       {"unix:/run/soarm/soarmd.sock", "unix:here", "127.0.0.1:50251", "127.0.0.1:0", "[::1]:1"}) {
    const auto read = ParseListenAddress(text);
    const auto* address = std::get_if<ListenAddress>(&read);
    ASSERT_NE(address, nullptr) << text;
    EXPECT_EQ(address->ToString(), text);
    EXPECT_EQ(address->is_unix(), text.starts_with("unix:")) << text;
  }
}

TEST(ListenAddressTest, SaysWhatIsWrongAndWhatToUse) {
  struct {
    std::string text;
    const char* reason;
    const char* what;
  } const cases[] = {
      {"", "BAD_LISTEN_ADDRESS", "not an address"},
      {"unix:", "BAD_LISTEN_ADDRESS", "names no socket"},
      {std::string("unix:/a\0b", 9), "BAD_LISTEN_ADDRESS", "no path"},
      {"unix:/" + std::string(102, 'x'), "BAD_LISTEN_ADDRESS", "too long"},
      {"127.0.0.1", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:65536", "BAD_LISTEN_ADDRESS", "not an address"},
      {"127.0.0.1:5x", "BAD_LISTEN_ADDRESS", "not an address"},
      {"0.0.0.0:1", "LISTEN_TOO_WIDE", "other machines"},
      {"localhost:1", "LISTEN_TOO_WIDE", "other machines"},
  };
  for (const auto& each : cases) {
    const auto read = ParseListenAddress(each.text);
    const auto* bad = std::get_if<BadAddress>(&read);
    ASSERT_NE(bad, nullptr) << each.text;
    EXPECT_EQ(bad->reason, each.reason) << each.text;
    EXPECT_NE(bad->what.find(each.what), std::string::npos) << bad->what;
    EXPECT_TRUE(bad->fix.starts_with("use ")) << bad->fix;
  }
}

TEST(ListenAddressTest, LeavesRoomForTheStopSocket) {
  const auto read = ParseListenAddress("unix:" + std::string(102, 'x'));
  ASSERT_TRUE(std::holds_alternative<ListenAddress>(read));
  EXPECT_EQ(std::get<ListenAddress>(read).unix_path.size() + kStopSuffix.size(), 107u);
}

}  // namespace
}  // namespace soarm
