#include "common/tls/digest.h"

#include <gtest/gtest.h>

namespace soarm::tls {
namespace {

TEST(DigestTest, HexAndBase64ReadBackEveryLength) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string bytes = RandomBytes(size);
    EXPECT_EQ(FromHex(ToHex(bytes)), bytes);
    EXPECT_EQ(FromBase64Url(ToBase64Url(bytes)), bytes);
  }
}

// RFC 4648, section 10, in the alphabet of section 5.
TEST(DigestTest, Base64IsTheStandards) {
  EXPECT_EQ(ToBase64Url("fooba"), "Zm9vYmE");
  EXPECT_EQ(ToBase64Url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(ToBase64Url("\xfb\xff"), "-_8");
}

TEST(DigestTest, OneValueHasOneText) {
  EXPECT_EQ(FromBase64Url("Zg"), "f");
  EXPECT_EQ(FromBase64Url("Zh"), std::nullopt);  // bits besides
  EXPECT_EQ(FromBase64Url("Z"), std::nullopt);   // a digit besides
  EXPECT_EQ(FromBase64Url("Zg=="), std::nullopt);
  EXPECT_EQ(FromHex("0G"), std::nullopt);
  EXPECT_EQ(FromHex("012"), std::nullopt);
}

// FIPS 180-4: the digest of "abc".
TEST(DigestTest, Sha256IsTheStandards) {
  EXPECT_EQ(ToHex(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, SecretsAreTheSameOrNot) {
  EXPECT_TRUE(SameSecret("abc", "abc"));
  EXPECT_FALSE(SameSecret("abc", "abd"));
  EXPECT_FALSE(SameSecret("abc", "ab"));
}

}  // namespace
}  // namespace soarm::tls
