#include "server/front/tls_context.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/tls/authority.h"
#include "server/config/client_book.h"

namespace soarm {
namespace {

constexpr std::int64_t kNow_s = 1'800'000'000;
constexpr std::int64_t kEnd_s = kNow_s + 1000;

struct FreeSsl {
  void operator()(SSL* connection) const { ::SSL_free(connection); }
  void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
};

class TlsContextTest : public testing::Test {
 protected:
  TlsContextTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "soarm-XXXXXX").string();
    EXPECT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    auto identity =
        TlsIdentity::LoadOrMake(folder, "robot", kNow_s, [] { return absl::OkStatus(); });
    EXPECT_TRUE(identity.ok()) << identity.status();
    const auto request = tls::MakeRequest(key_, "laptop");
    auto certificate = identity->authority().IssueClient(*request, "laptop", kEnd_s);
    EXPECT_TRUE(certificate.ok()) << certificate.status();
    PairedClient laptop;
    laptop.name = "laptop";
    laptop.fingerprint = certificate->Fingerprint();
    EXPECT_TRUE(clients_.Add(laptop).ok());
    certificate_ = *std::move(certificate);
    context_ = *MakePairedContext(*identity, clients_);
  }
  ~TlsContextTest() override { std::filesystem::remove_all(folder_); }

  // OpenSSL's reason why the laptop hears nothing more of a robot by whose clock it is that late; 0
  // where it got in.
  int AlertWhereItIs(std::int64_t now_s) const {
    ::X509_VERIFY_PARAM_set_time(::SSL_CTX_get0_param(context_->native_handle()), now_s);
    const std::unique_ptr<SSL_CTX, FreeSsl> own(::SSL_CTX_new(TLS_client_method()));
    ::SSL_CTX_use_certificate(own.get(), certificate_->native());
    ::SSL_CTX_use_PrivateKey(own.get(), key_.native());
    const std::unique_ptr<SSL, FreeSsl> robot(::SSL_new(context_->native_handle()));
    const std::unique_ptr<SSL, FreeSsl> laptop(::SSL_new(own.get()));
    constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
    ::SSL_set_alpn_protos(laptop.get(), kHttp2.data(), kHttp2.size());
    BIO* ends[2] = {};
    ::BIO_new_bio_pair(&ends[0], 0, &ends[1], 0);
    ::SSL_set_bio(robot.get(), ends[0], ends[0]);
    ::SSL_set_bio(laptop.get(), ends[1], ends[1]);
    ::SSL_set_accept_state(robot.get());
    ::SSL_set_connect_state(laptop.get());
    bool is_in = false;
    for (int i = 0; i < 10; ++i) {
      ::SSL_do_handshake(laptop.get());
      is_in = ::SSL_do_handshake(robot.get()) == 1;
    }
    ::ERR_clear_error();
    char ignored = 0;
    ::SSL_read(laptop.get(), &ignored, 1);
    return is_in ? 0 : ERR_GET_REASON(::ERR_get_error());
  }

  std::filesystem::path folder_;
  ClientBook clients_{""};  // in memory
  const tls::PrivateKey key_ = *tls::PrivateKey::Generate();
  std::optional<tls::Certificate> certificate_;
  TlsContext context_;
};

TEST_F(TlsContextTest, AWrongClockOfTheRobotIsNotToldAsAStrangersCertificate) {
  EXPECT_EQ(AlertWhereItIs(kNow_s), 0);
  EXPECT_EQ(AlertWhereItIs(kEnd_s + 1), SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED);
  EXPECT_EQ(AlertWhereItIs(300), SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED);
}

}  // namespace
}  // namespace soarm
