#include "clients/cpp/pairing.h"

#include <map>
#include <utility>  // before Asio's awaitable, which Boost 1.74 forgets

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <nlohmann/json.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "clients/cpp/error.h"
#include "common/base/clean_text.h"
#include "common/base/problem.h"
#include "common/tls/authority.h"
#include "common/tls/certificate.h"
#include "common/tls/private_key.h"

namespace soarm::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using nlohmann::json;

using Stream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::size_t kLongestShown = 300;
constexpr std::size_t kMostFacts = 16;

absl::Status Unreachable(const std::string& host, std::uint16_t port, const std::string& why) {
  const std::string at = host + ":" + std::to_string(port);
  return Refuse(absl::StatusCode::kUnavailable, kDaemonUnreachable, at,
                "No robot pairs at " + at + ": " + why + ".",
                "Run `soarm pair open` on the robot again; both machines need the same network, "
                "and no firewall between them on that port.",
                {{"address", at}});
}

// Whose server this is: the chain has the robot's own certificate, which signed the server's for
// that purpose. A paired client has a certificate of the robot's as well.
bool IsRobot(SSL* connection, const std::string& fingerprint) {
  X509* shown = ::SSL_get0_peer_certificate(connection);
  STACK_OF(X509)* chain = ::SSL_get_peer_cert_chain(connection);
  if (shown == nullptr || ::X509_check_purpose(shown, X509_PURPOSE_SSL_SERVER, 0) != 1) {
    return false;
  }
  const auto server = tls::Certificate::Of(shown);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const auto one = tls::Certificate::Of(sk_X509_value(chain, i));
    if (one.Fingerprint() == fingerprint) return server.IsIssuedBy(one);
  }
  return false;
}

std::string TextIn(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() && found->is_string()
             ? found->get<std::string>()
             : std::string();
}

// What the robot said, which may be anybody's by the time that it is shown.
absl::Status RefusalIn(const json& answer) {
  json error = answer.is_object() ? answer.value("error", json()) : json();
  if (!error.is_object()) error = json::object();
  const std::string reason = CleanText(TextIn(error, "reason"), kLongestShown);
  if (reason.empty()) {
    return Refuse(absl::StatusCode::kInternal, "BAD_ANSWER", "",
                  "The robot's answer is not understood.",
                  "See whether both have the same version: `soarm version`.");
  }
  const json number = error.value("code", json());
  const int code = number.is_number_integer() ? number.get<int>() : 0;
  const bool known = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  std::map<std::string, std::string> facts;
  json told = error.value("facts", json());
  if (!told.is_object()) told = json::object();
  for (const auto& [name, value] : told.items()) {
    if (value.is_string() && facts.size() < kMostFacts) {
      facts[CleanText(name, kLongestShown)] = CleanText(value.get<std::string>(), kLongestShown);
    }
  }
  return Refuse(known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown, reason,
                CleanText(TextIn(error, "subject"), kLongestShown),
                CleanText(TextIn(error, "message"), kLongestShown),
                CleanText(TextIn(error, "fix"), kLongestShown), std::move(facts));
}

// One attempt, at one host.
class Attempt {
 public:
  Attempt(const tls::JoinString& join, std::string host, std::string body, Nanos patience)
      : join_(join), host_(std::move(host)), body_(std::move(body)), patience_(patience) {}

  absl::StatusOr<json> Make() {
    asio::co_spawn(io_, Converse(), asio::detached);
    io_.run();
    return std::move(result_);
  }
  // Whether it reached whom it looked for, so that no other host is worth a try.
  bool met_robot() const { return met_robot_; }

 private:
  asio::awaitable<void> Converse() {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    context_.set_verify_mode(asio::ssl::verify_none);  // IsRobot() does
    ::SSL_CTX_set_min_proto_version(context_.native_handle(), TLS1_3_VERSION);
    tcp::resolver resolver(io_);
    const auto places = co_await resolver.async_resolve(host_, std::to_string(join_.port), token);
    Stream stream(io_, context_);
    beast::tcp_stream& transport = beast::get_lowest_layer(stream);
    transport.expires_after(patience_);
    if (!failed) co_await transport.async_connect(places, token);
    if (!failed) co_await stream.async_handshake(asio::ssl::stream_base::client, token);
    if (failed) {
      result_ = Unreachable(host_, join_.port, failed.message());
      co_return;
    }
    if (!IsRobot(stream.native_handle(), join_.fingerprint)) {
      result_ = Refuse(absl::StatusCode::kUnauthenticated, "FINGERPRINT_MISMATCH", host_,
                       "At " + host_ + " answers another robot than the join string is of.",
                       "Do not go on if you trust the string: somebody may be in between. Else run "
                       "`soarm pair open` on the robot again.");
      co_return;
    }
    met_robot_ = true;
    http::request<http::string_body> request(http::verb::post, "/v1/pair", 11);
    request.set(http::field::host, host_);
    request.set(http::field::content_type, "application/json");
    request.body() = body_;
    request.prepare_payload();
    co_await http::async_write(stream, request, token);
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    if (!failed) co_await http::async_read(stream, buffer, response, token);
    if (failed) {
      result_ = Unreachable(host_, join_.port, failed.message());
      co_return;
    }
    json answer = json::parse(response.body(), nullptr, false);
    if (response.result() == http::status::ok) {
      result_ = std::move(answer);
    } else {
      result_ = RefusalIn(answer);
    }
  }

  const tls::JoinString& join_;
  const std::string host_;
  const std::string body_;
  const Nanos patience_;
  asio::io_context io_{1};
  asio::ssl::context context_{asio::ssl::context::tls_client};
  absl::StatusOr<json> result_ = absl::InternalError("not made");
  bool met_robot_ = false;
};

absl::StatusOr<PairedRobot> RobotOf(const json& answer, const tls::JoinString& join,
                                    const tls::PrivateKey& key) {
  PairedRobot robot;
  robot.name = TextIn(answer, "robot");
  robot.client = TextIn(answer, "name");
  robot.role = TextIn(answer, "role");
  robot.tls = {.authority = TextIn(answer, "authority"),
               .certificate = TextIn(answer, "certificate"),
               .key = key.ToPem()};
  robot.hosts = join.hosts;
  const json port = answer.is_object() ? answer.value("port", json()) : json();
  const auto authority = tls::Certificate::FromPem(robot.tls.authority);
  const auto certificate = tls::Certificate::FromPem(robot.tls.certificate);
  const bool good = authority.ok() && certificate.ok() && port.is_number_unsigned() && port > 0U &&
                    port <= UINT16_MAX && authority->Fingerprint() == join.fingerprint &&
                    certificate->HasKey(key);
  if (!good) return RefusalIn(json());
  robot.port = port.get<std::uint16_t>();
  return robot;
}

}  // namespace

absl::StatusOr<PairedRobot> JoinRobot(const tls::JoinString& join, const std::string& client,
                                      Nanos patience) {
  const auto key = tls::PrivateKey::Generate();
  if (!key.ok()) return key.status();
  const auto request = tls::MakeRequest(*key, client);
  if (!request.ok()) return request.status();
  const std::string body =
      json{{"secret", join.secret}, {"name", client}, {"request", *request}}.dump(
          -1, ' ', false, json::error_handler_t::replace);
  absl::Status last = Unreachable("nowhere", join.port, "the join string has no host");
  for (const std::string& host : join.hosts) {
    Attempt attempt(join, host, body, patience);
    absl::StatusOr<json> answer = attempt.Make();
    if (answer.ok()) return RobotOf(*answer, join, *key);
    last = answer.status();
    if (attempt.met_robot()) break;
  }
  return last;
}

}  // namespace soarm::client
