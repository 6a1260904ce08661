#include "clients/cpp/tls_fault.h"

#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <utility>  // before Asio's awaitable, which Boost 1.74 forgets

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/problem.h"
#include "common/tls/authority.h"
#include "common/tls/certificate.h"
#include "common/tls/private_key.h"

namespace soarm::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};

absl::Status Unauthenticated(const char* reason, const std::string& robot,
                             const std::string& message, const std::string& fix) {
  return Refuse(absl::StatusCode::kUnauthenticated, reason, robot, message, fix);
}

// "2031-01-01 00:00 UTC"
std::string Date(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm utc{};
  std::array<char, 32> text{};
  if (::gmtime_r(&time, &utc) == nullptr) return "?";
  return std::string(text.data(),
                     std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &utc));
}

std::string Today() { return Date(std::time(nullptr)); }

// Why the robot's certificate is none for us.
struct Verdict {
  int error = X509_V_OK;  // OpenSSL's X509_V_ERR_…
  std::optional<tls::Certificate> of;
};

// Of a certificate that is good but for the time.
absl::Status ClockFault(const Verdict& verdict, const std::string& robot) {
  const bool early = verdict.error == X509_V_ERR_CERT_NOT_YET_VALID;
  const std::string since = early ? "holds only from " + Date(verdict.of->BeginsAt_s()) + " on"
                                  : "has been over since " + Date(verdict.of->ExpiresAt_s());
  return Unauthenticated(
      "CLOCK_WRONG", robot,
      "By this computer's clock it is " + Today() + ", and the certificate of " + robot + " " +
          since + ": this clock is wrong, or the robot's is.",
      "Set the clock that is wrong (`timedatectl`); the robot renews its certificate by its own.");
}

// What the robot's alert, or our own verdict about its certificate, means.
absl::Status FaultOf(const error_code& error, const Verdict& verdict, const tls::Certificate& own,
                     const std::string& robot) {
  if (error.category() != asio::error::get_ssl_category()) return absl::OkStatus();
  const std::string again = "Pair again: `soarm pair open` on the robot.";
  switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
      return Unauthenticated("CLIENT_REVOKED", robot,
                             "The robot " + robot + " has revoked this computer.", again);
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      if (own.ExpiresAt_s() > std::time(nullptr)) {
        return Unauthenticated("CLOCK_WRONG", robot,
                               "By the clock of the robot " + robot +
                                   " this computer's certificate, which holds until " +
                                   Date(own.ExpiresAt_s()) +
                                   ", does not hold now, and by this computer's clock it is " +
                                   Today() + ": the robot's clock is wrong, or this one is.",
                               "Set the clock that is wrong (`timedatectl`).");
      }
      return Unauthenticated("CLIENT_EXPIRED", robot,
                             "The certificate of this computer for " + robot + " is over since " +
                                 Date(own.ExpiresAt_s()) + ".",
                             again);
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
      return Unauthenticated("CLIENT_UNKNOWN", robot,
                             "The robot " + robot + " does not know this computer.", again);
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      if (verdict.error == X509_V_ERR_CERT_NOT_YET_VALID ||
          verdict.error == X509_V_ERR_CERT_HAS_EXPIRED) {
        return ClockFault(verdict, robot);
      }
      return Unauthenticated("ROBOT_MISMATCH", robot,
                             "Who answers at the address of " + robot +
                                 " is not the robot that this computer paired with.",
                             "See who has that address now. If the robot was set up anew, pair "
                             "again: `soarm pair open` on it.");
    default:
      return absl::OkStatus();
  }
}

// The places in a target for gRPC, "ipv4:1.2.3.4:5,1.2.3.5:5", "ipv6:[::1]:5" or "dns:///host:5".
tcp::endpoint FirstPlace(const std::string& target) {
  const std::size_t begin = target.find(':') + 1;
  const std::string first = target.substr(begin, target.find(',') - begin);
  const std::size_t colon = first.rfind(':');
  std::string host = first.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  error_code bad;
  const auto address = asio::ip::make_address(host, bad);
  if (bad) return {};
  return {address, static_cast<std::uint16_t>(std::stoi(first.substr(colon + 1)))};
}

asio::awaitable<void> ShakeHands(asio::io_context& io, asio::ssl::context& context,
                                 const Address& address, const tls::Certificate& own,
                                 Nanos patience, TlsLook& look) {
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  beast::ssl_stream<beast::tcp_stream> stream(io, context);
  beast::tcp_stream& transport = beast::get_lowest_layer(stream);
  transport.expires_after(patience);
  Verdict verdict;
  stream.set_verify_callback(
      [&verdict, by_name = asio::ssl::host_name_verification(tls::kServerName)](
          bool good, asio::ssl::verify_context& verifying) {
        X509_STORE_CTX* native = verifying.native_handle();
        X509* of = ::X509_STORE_CTX_get_current_cert(native);
        if (!good && of != nullptr) {
          verdict = {.error = ::X509_STORE_CTX_get_error(native), .of = tls::Certificate::Of(of)};
        }
        return by_name(good, verifying);
      },
      failed);
  const tcp::endpoint place = FirstPlace(address.target);
  if (place.port() == 0) co_return;
  ::SSL_set_alpn_protos(stream.native_handle(), kHttp2.data(), kHttp2.size());
  co_await transport.async_connect(place, token);
  look.unreachable = failed.failed();
  if (!failed) co_await stream.async_handshake(asio::ssl::stream_base::client, token);
  // In TLS 1.3 the robot looks at our certificate after we are done.
  std::array<char, 1> ignored{};
  if (!failed) co_await stream.async_read_some(asio::buffer(ignored), token);
  look.fault = FaultOf(failed, verdict, own, address.robot);
}

}  // namespace

TlsLook LookAtTls(const Address& address, Nanos patience) {
  if (!address.tls) return {};
  const auto key = tls::PrivateKey::FromPem(address.tls->key);
  const auto certificate = tls::Certificate::FromPem(address.tls->certificate);
  const auto authority = tls::Certificate::FromPem(address.tls->authority);
  if (!key.ok()) return {.fault = key.status()};
  if (!certificate.ok()) return {.fault = certificate.status()};
  if (!authority.ok()) return {.fault = authority.status()};
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX* native = context.native_handle();
  ::SSL_CTX_use_certificate(native, certificate->native());
  ::SSL_CTX_use_PrivateKey(native, key->native());
  ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(native), authority->native());
  context.set_verify_mode(asio::ssl::verify_peer);
  TlsLook look;
  asio::io_context io{1};
  asio::co_spawn(io, ShakeHands(io, context, address, *certificate, patience, look),
                 asio::detached);
  io.run();
  return look;
}

}  // namespace soarm::client
