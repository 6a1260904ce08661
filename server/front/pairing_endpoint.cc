#include "server/front/pairing_endpoint.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>  // before Asio's awaitable, which Boost 1.74 forgets

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <pthread.h>
#include <unistd.h>

#include "common/log/log.h"
#include "common/time/clock.h"
#include "server/front/guest_list.h"
#include "server/front/listener.h"
#include "server/front/tls_context.h"

namespace soarm {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kPatience(5);  // of one connection, from its handshake to its end
constexpr std::size_t kLargestBody = 16 << 10;
constexpr std::uint32_t kLargestHeader = 8 << 10;
constexpr std::size_t kMostConnections = 8;
constexpr auto kPath = "/v1/pair";

using Stream = beast::ssl_stream<beast::tcp_stream>;

}  // namespace

class PairingEndpoint::Parts {
 public:
  Parts(Listener listener, TlsContext context, Handler answer)
      : listener_(std::move(listener)),
        context_(std::move(context)),
        answer_(std::move(answer)),
        // The listener keeps the descriptor, and its own of it is what this one closes.
        acceptor_(io_, tcp::v4(), ::dup(listener_.fd())),
        thread_([this] {
          ::pthread_setname_np(::pthread_self(), "pair");
          asio::co_spawn(io_, AcceptAll(), asio::detached);
          io_.run();
        }) {}
  ~Parts() {
    io_.stop();
    thread_.join();
  }

 private:
  asio::awaitable<void> AcceptAll() {
    while (true) {
      error_code failed;
      tcp::socket socket =
          co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
      if (failed == asio::error::operation_aborted || failed == asio::error::bad_descriptor) break;
      if (failed) continue;
      const std::string address = socket.remote_endpoint(failed).address().to_string();
      if (failed) continue;  // it has gone
      const std::uint64_t id = ++last_id_;
      guests_.Arrive(id, Door::kTls, address, clock_.Now());
      MakeRoom();
      asio::co_spawn(io_, Converse(std::move(socket), id, address), asio::detached);
    }
  }

  // Of too many the longest waiting of the address that has most: one alone keeps no other out.
  void MakeRoom() {
    while (guests_.waiting() > kMostConnections) {
      const std::optional<std::uint64_t> leaves = guests_.InTheWayAt(Door::kTls);
      if (!leaves) return;
      guests_.Leave(*leaves);
      if (const auto open = open_.find(*leaves); open != open_.end()) open->second->close();
    }
  }

  asio::awaitable<void> Converse(tcp::socket socket, std::uint64_t id, std::string address) {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    Stream stream(std::move(socket), *context_);
    beast::tcp_stream& transport = beast::get_lowest_layer(stream);
    open_[id] = &transport;
    if (!guests_.knows(id)) transport.close();  // it had to leave before it began
    transport.expires_after(kPatience);
    co_await stream.async_handshake(asio::ssl::stream_base::server, token);
    if (!failed) {
      beast::flat_buffer buffer(kLargestHeader + kLargestBody);
      http::request_parser<http::string_body> parser;
      parser.header_limit(kLargestHeader);
      parser.body_limit(kLargestBody);
      co_await http::async_read(stream, buffer, parser, token);
      if (!failed) {
        http::response<http::string_body> response = Respond(parser.get(), address);
        co_await http::async_write(stream, response, token);
        co_await stream.async_shutdown(token);
      }
    }
    open_.erase(id);
    guests_.Leave(id);
  }

  // Out of a coroutine an exception would end the daemon, for what a stranger sent.
  Answer Walled(const std::string& body, const std::string& address) const {
    try {
      return answer_(body, address);
    } catch (const std::exception& error) {
      ComponentLog("pair")->error("a request to pair was not answered: {}", error.what());
      return {.http_status = 500, .body = "{}"};
    }
  }

  http::response<http::string_body> Respond(const http::request<http::string_body>& request,
                                            const std::string& address) {
    http::response<http::string_body> response;
    response.version(11);
    response.keep_alive(false);
    response.set(http::field::content_type, "application/json");
    if (request.target() != kPath || request.method() != http::verb::post) {
      response.result(http::status::not_found);
      response.body() = "{}";
    } else {
      const Answer answer = Walled(request.body(), address);
      response.result(static_cast<unsigned>(answer.http_status));
      response.body() = answer.body;
    }
    response.prepare_payload();
    return response;
  }

  Listener listener_;
  const TlsContext context_;
  const Handler answer_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  const MonotonicClock clock_;
  // On the thread, until the end of `thread_`.
  std::uint64_t last_id_ = 0;
  GuestList guests_{ConnectionLimits{}};
  std::map<std::uint64_t, beast::tcp_stream*> open_;
  std::thread thread_;  // last: uses all the others
};

absl::StatusOr<std::unique_ptr<PairingEndpoint>> PairingEndpoint::Open(ListenAddress& address,
                                                                       const TlsIdentity& identity,
                                                                       Handler answer) {
  absl::StatusOr<TlsContext> context = MakeTlsContext(identity);
  if (!context.ok()) return context.status();
  absl::StatusOr<Listener> listener = Listener::Bind(address);
  if (!listener.ok()) return listener.status();
  return std::unique_ptr<PairingEndpoint>(new PairingEndpoint(
      std::make_unique<Parts>(*std::move(listener), *std::move(context), std::move(answer))));
}

PairingEndpoint::PairingEndpoint(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
PairingEndpoint::~PairingEndpoint() = default;

}  // namespace soarm
