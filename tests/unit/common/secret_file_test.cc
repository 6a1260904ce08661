#include "common/base/secret_file.h"

#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace soarm {
namespace {

SmallFile Of(uid_t owner, mode_t mode) {
  SmallFile file;
  file.owner = owner;
  file.mode = mode;
  return file;
}

TEST(SecretFileTest, IsItsUsersOnlyAndRoots) {
  EXPECT_EQ(WhyNoSecret(Of(1000, 0600), 1000), "");
  EXPECT_EQ(WhyNoSecret(Of(1000, 0400), 1000), "");
  EXPECT_EQ(WhyNoSecret(Of(0, 0600), 1000), "") << "root may read it anyhow";
  EXPECT_EQ(WhyNoSecret(Of(1000, 0644), 1000), "its mode is 0644");
  EXPECT_EQ(WhyNoSecret(Of(1000, 0640), 1000), "its mode is 0640");
  EXPECT_EQ(WhyNoSecret(Of(1000, 0602), 1000), "its mode is 0602") << "whoever writes it knows it";
  EXPECT_EQ(WhyNoSecret(Of(0, 0640), 1000), "its mode is 0640");
  EXPECT_THAT(WhyNoSecret(Of(1001, 0600), 1000), ::testing::HasSubstr("another user"));
  EXPECT_THAT(WhyNoSecret(Of(1001, 0600), 0), ::testing::HasSubstr("another user"));
}

TEST(SecretFileTest, WhatIsNotThereCannotBeKept) {
  EXPECT_EQ(KeepFromOthers("/nowhere/at/all"), ENOENT);
}

}  // namespace
}  // namespace soarm
