// What is said of a robot whose certificate, or ours, is not taken: an attack, a clock, an end.

#include "clients/cpp/tls_fault.h"

#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/problem.h"
#include "common/tls/authority.h"

namespace soarm::client {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kLongAgo_s = 1'710'000'000;
constexpr std::int64_t kFarAway_s = 4'000'000'000;

template <typename T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Context = std::unique_ptr<SSL_CTX, Freed<SSL_CTX, &::SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Freed<SSL, &::SSL_free>>;

// Shakes one hand on loopback, as a robot with that certificate. `verdict`: what it thinks of ours.
class OneHandshake {
 public:
  OneHandshake(const tls::Certificate& certificate, const tls::PrivateKey& key, int verdict)
      : context_(::SSL_CTX_new(::TLS_server_method())) {
    ::SSL_CTX_use_certificate(context_.get(), certificate.native());
    ::SSL_CTX_use_PrivateKey(context_.get(), key.native());
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                         nullptr);
    ::SSL_CTX_set_cert_verify_callback(
        context_.get(),
        [](X509_STORE_CTX* verifying, void* wanted) {
          const int error = *static_cast<const int*>(wanted);
          ::X509_STORE_CTX_set_error(verifying, error);
          return error == X509_V_OK ? 1 : 0;
        },
        &verdict_);
    verdict_ = verdict;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, any, size), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    EXPECT_EQ(::getsockname(listener_, any, &size), 0);
    port_ = ::ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneHandshake() {
    thread_.join();
    ::close(listener_);
  }
  OneHandshake(const OneHandshake&) = delete;
  OneHandshake& operator=(const OneHandshake&) = delete;

  std::string target() const { return "ipv4:127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    const int fd = ::accept(listener_, nullptr, nullptr);
    const Ssl ssl(::SSL_new(context_.get()));
    ::SSL_set_fd(ssl.get(), fd);
    ::SSL_accept(ssl.get());
    ::close(fd);
  }

  const Context context_;
  int verdict_ = X509_V_OK;
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

class TlsFaultTest : public testing::Test {
 protected:
  // `begins_s` 0: as every robot's.
  tls::Certificate Server(const tls::Authority& signer, std::int64_t begins_s,
                          std::int64_t expires_s) const {
    const auto made = signer.IssueServer(key_, expires_s);
    EXPECT_TRUE(made.ok()) << made.status();
    if (begins_s != 0) {
      ::ASN1_TIME_set(::X509_getm_notBefore(made->native()), begins_s);
      ::X509_sign(made->native(), signer.key().native(), ::EVP_sha256());
    }
    return *made;
  }
  Problem Find(const tls::Certificate& server, int verdict = X509_V_OK,
               std::int64_t own_end_s = kFarAway_s) const {
    const auto own = robot_.IssueClient(*tls::MakeRequest(own_key_, "laptop"), "laptop", own_end_s);
    EXPECT_TRUE(own.ok()) << own.status();
    const OneHandshake handshake(server, key_, verdict);
    const Address address{.target = handshake.target(),
                          .stop_sockets = {},
                          .robot = "bench",
                          .tls = TlsCredentials{.authority = robot_.certificate().ToPem(),
                                                .certificate = own->ToPem(),
                                                .key = own_key_.ToPem()}};
    const absl::Status fault = LookAtTls(address, std::chrono::seconds(10)).fault;
    return fault.ok() ? Problem{} : ProblemOf(fault);
  }

  const tls::Authority robot_ = *tls::Authority::Make("bench");
  const tls::PrivateKey key_ = *tls::PrivateKey::Generate();
  const tls::PrivateKey own_key_ = *tls::PrivateKey::Generate();
};

std::string Today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32] = {};
  ::gmtime_r(&now, &utc);
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &utc)};
}

TEST_F(TlsFaultTest, WhereAllIsGoodThereIsNone) {
  EXPECT_EQ(Find(Server(robot_, 0, kFarAway_s)).reason, "");
}

TEST_F(TlsFaultTest, AClockIsNoAttack) {
  const Problem over = Find(Server(robot_, 0, kLongAgo_s));
  EXPECT_EQ(over.reason, "CLOCK_WRONG");
  EXPECT_THAT(over.message, HasSubstr("By this computer's clock it is " + Today()));
  EXPECT_THAT(over.message, HasSubstr("has been over since 2024-03-09"));
  const Problem early = Find(Server(robot_, kFarAway_s - 1000, kFarAway_s));
  EXPECT_EQ(early.reason, "CLOCK_WRONG");
  EXPECT_THAT(early.message, HasSubstr("holds only from 2096-10-02"));
  EXPECT_THAT(early.fix, HasSubstr("clock"));
}

TEST_F(TlsFaultTest, AnotherRobotIsNoMatterOfTheClock) {
  const tls::Authority other = *tls::Authority::Make("bench");
  EXPECT_EQ(Find(Server(other, 0, kFarAway_s)).reason, "ROBOT_MISMATCH");
  EXPECT_EQ(Find(Server(other, 0, kLongAgo_s)).reason, "ROBOT_MISMATCH");
  EXPECT_EQ(Find(Server(other, kFarAway_s - 1000, kFarAway_s)).reason, "ROBOT_MISMATCH");
}

TEST_F(TlsFaultTest, AnEndThatOnlyTheRobotSeesIsAMatterOfTheClock) {
  const tls::Certificate server = Server(robot_, 0, kFarAway_s);
  EXPECT_EQ(Find(server, X509_V_ERR_CERT_HAS_EXPIRED, kLongAgo_s).reason, "CLIENT_EXPIRED");
  const Problem clock = Find(server, X509_V_ERR_CERT_HAS_EXPIRED);
  EXPECT_EQ(clock.reason, "CLOCK_WRONG");
  EXPECT_THAT(clock.message, HasSubstr("holds until 2053-12-31"));
  EXPECT_THAT(clock.message, HasSubstr(Today()));
}

TEST_F(TlsFaultTest, ARobotsRefusalIsToldAsItIs) {
  const tls::Certificate server = Server(robot_, 0, kFarAway_s);
  EXPECT_EQ(Find(server, X509_V_ERR_CERT_REVOKED).reason, "CLIENT_REVOKED");
  EXPECT_EQ(Find(server, X509_V_ERR_CERT_REJECTED).reason, "CLIENT_UNKNOWN");
}

}  // namespace
}  // namespace soarm::client
