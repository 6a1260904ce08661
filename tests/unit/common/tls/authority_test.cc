#include "common/tls/authority.h"

#include <cstring>

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "common/base/problem.h"

namespace soarm::tls {
namespace {

constexpr std::int64_t kFarAway_s = 2'500'000'000;

Authority MakeAuthority() { return *Authority::Make("robot"); }
PrivateKey MakeKey() { return *PrivateKey::Generate(); }

// As another program judges `certificate` for `purpose`, at a time in seconds since 1970.
int Verdict(const Authority& authority, const Certificate& certificate, int purpose,
            std::int64_t at_s = 1'800'000'000) {
  X509_STORE* store = ::X509_STORE_new();
  ::X509_STORE_add_cert(store, authority.certificate().native());
  X509_STORE_CTX* context = ::X509_STORE_CTX_new();
  ::X509_STORE_CTX_init(context, store, certificate.native(), nullptr);
  ::X509_STORE_CTX_set_purpose(context, purpose);
  ::X509_STORE_CTX_set_time(context, 0, at_s);
  ::X509_VERIFY_PARAM_set_flags(::X509_STORE_CTX_get0_param(context), X509_V_FLAG_X509_STRICT);
  ::X509_verify_cert(context);
  const int verdict = ::X509_STORE_CTX_get_error(context);
  ::X509_STORE_CTX_free(context);
  ::X509_STORE_free(store);
  return verdict;
}

std::string ReasonOf(const absl::Status& status) {
  return status.ok() ? "" : ProblemOf(status).reason;
}

TEST(AuthorityTest, ItsCertificatesHoldForTheirOwnPurposeOnly) {
  const Authority authority = MakeAuthority();
  const PrivateKey key = MakeKey();
  const Certificate server = *authority.IssueServer(key, kFarAway_s);
  const Certificate client = *authority.IssueClient(*MakeRequest(key, "any"), "laptop", kFarAway_s);
  EXPECT_EQ(Verdict(authority, server, X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_EQ(Verdict(authority, client, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  // Else a paired client could be the robot to another one.
  EXPECT_NE(Verdict(authority, client, X509_PURPOSE_SSL_SERVER), X509_V_OK);
  EXPECT_NE(Verdict(authority, server, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
}

TEST(AuthorityTest, AClientMayHaveTheRobotsName) {
  const Authority authority = MakeAuthority();
  const Certificate client =
      *authority.IssueClient(*MakeRequest(MakeKey(), "a"), "robot", kFarAway_s);
  EXPECT_EQ(Verdict(authority, client, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
}

TEST(AuthorityTest, AClientCannotSignOthers) {
  const Authority authority = MakeAuthority();
  const Certificate client =
      *authority.IssueClient(*MakeRequest(MakeKey(), "a"), "laptop", kFarAway_s);
  EXPECT_EQ(::X509_check_ca(client.native()), 0);
}

TEST(AuthorityTest, ServersCarryTheNameThatClientsCheck) {
  const Certificate server = *MakeAuthority().IssueServer(MakeKey(), kFarAway_s);
  EXPECT_EQ(::X509_check_host(server.native(), kServerName, std::strlen(kServerName), 0, nullptr),
            1);
}

TEST(AuthorityTest, CertificatesBeginInThePastOfEveryMachineAndEndWhenTold) {
  const Authority authority = MakeAuthority();
  const Certificate client =
      *authority.IssueClient(*MakeRequest(MakeKey(), "a"), "laptop", kFarAway_s);
  EXPECT_EQ(client.ExpiresAt_s(), kFarAway_s);
  EXPECT_EQ(Verdict(authority, client, X509_PURPOSE_SSL_CLIENT, 1'704'067'201), X509_V_OK);
  EXPECT_EQ(Verdict(authority, client, X509_PURPOSE_SSL_CLIENT, kFarAway_s + 1),
            X509_V_ERR_CERT_HAS_EXPIRED);
}

TEST(AuthorityTest, TheRobotGivesTheNameAndNotTheRequest) {
  const Certificate client =
      *MakeAuthority().IssueClient(*MakeRequest(MakeKey(), "admin"), "laptop", kFarAway_s);
  EXPECT_EQ(client.CommonName(), "laptop");
}

TEST(AuthorityTest, AnotherRobotsClientIsNotItsOwn) {
  const Certificate foreign =
      *MakeAuthority().IssueClient(*MakeRequest(MakeKey(), "a"), "laptop", kFarAway_s);
  EXPECT_NE(Verdict(MakeAuthority(), foreign, X509_PURPOSE_SSL_CLIENT), X509_V_OK);
  EXPECT_FALSE(foreign.IsIssuedBy(MakeAuthority().certificate()));
}

TEST(AuthorityTest, ReadsBackWhatItWrites) {
  const Authority authority = MakeAuthority();
  const auto read = Authority::FromPem(authority.key().ToPem(), authority.certificate().ToPem());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->certificate().Fingerprint(), authority.certificate().Fingerprint());
}

TEST(AuthorityTest, RefusesAKeyOfAnotherCertificate) {
  const auto read = Authority::FromPem(MakeKey().ToPem(), MakeAuthority().certificate().ToPem());
  EXPECT_EQ(ReasonOf(read.status()), "KEY_MISMATCH");
  const Authority authority = MakeAuthority();
  const PrivateKey key = MakeKey();
  const auto server =
      Authority::FromPem(key.ToPem(), authority.IssueServer(key, kFarAway_s)->ToPem());
  EXPECT_EQ(ReasonOf(server.status()), "KEY_MISMATCH")
      << "a server's certificate is no authority's";
}

TEST(AuthorityTest, RefusesARequestThatIsNone) {
  const Authority authority = MakeAuthority();
  std::string forged = *MakeRequest(MakeKey(), "a");
  const std::size_t at = forged.find("-----END") - 12;  // in its signature
  forged[at] = forged[at] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ReasonOf(authority.IssueClient(forged, "a", kFarAway_s).status()), "BAD_REQUEST");
  EXPECT_EQ(ReasonOf(authority.IssueClient("", "a", kFarAway_s).status()), "BAD_REQUEST");
  EXPECT_EQ(
      ReasonOf(authority.IssueClient("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n", "a", kFarAway_s)
                   .status()),
      "BAD_REQUEST");
}

TEST(AuthorityTest, RefusesTextsThatAreNoKeyAndNoCertificate) {
  EXPECT_EQ(ReasonOf(PrivateKey::FromPem("").status()), "BAD_KEY");
  EXPECT_EQ(ReasonOf(PrivateKey::FromPem("-----BEGIN PRIVATE KEY-----\nAA==\n").status()),
            "BAD_KEY");
  EXPECT_EQ(ReasonOf(Certificate::FromPem("junk").status()), "BAD_CERTIFICATE");
}

}  // namespace
}  // namespace soarm::tls
