#include "server/front/tls_connection.h"

#include <cstring>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log/log.h"
#include "common/tls/digest.h"
#include "server/front/http2.h"

namespace soarm {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// What a slow client may have on its way to it. More would only be older when it comes.
constexpr int kMostUnsent = 64 << 10;   // bytes that TCP has not sent yet
constexpr int kMostBetween = 64 << 10;  // bytes between the server and here
constexpr std::size_t kNameBytes = 16;
constexpr std::size_t kRecordBytes = 16 << 10;  // the most that a TLS record holds

// A pair of sockets, the first of which has a name that nobody else can have while it lasts, and
// that nobody could have guessed before.
struct NamedPair {
  int ours = -1;
  int servers = -1;
  std::string name;
};

NamedPair MakeNamedPair() {
  NamedPair pair;
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) return pair;
  pair.name = std::string(kRemoteConnectionPrefix) + tls::ToHex(tls::RandomBytes(kNameBytes));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Behind a zero: a name and no file.
  std::memcpy(address.sun_path + 1, pair.name.data(), pair.name.size());
  const auto size = offsetof(sockaddr_un, sun_path) + 1 + pair.name.size();
  if (::bind(ends[0], reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)) !=
      0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return pair;
  }
  for (const int end : ends) {
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kMostBetween, sizeof kMostBetween);
  }
  pair.ours = ends[0];
  pair.servers = ends[1];
  return pair;
}

}  // namespace

TlsConnection::TlsConnection(Socket socket, TlsContext context, std::string address,
                             CallerTable& callers)
    : context_(std::move(context)),
      address_(std::move(address)),
      callers_(callers),
      remote_(std::move(socket), *context_),
      server_(remote_.get_executor()) {}

TlsConnection::~TlsConnection() {
  if (!name_.empty()) callers_.Remove(name_);
}

void TlsConnection::ShakeHands(std::function<void()> done) {
  remote_.async_handshake(
      asio::ssl::stream_base::server,
      [self = shared_from_this(), done = std::move(done)](const error_code& error) {
        if (error) return self->Close();
        self->fingerprint_ = PeerFingerprint(self->remote_.native_handle());
        done();
      });
}

int TlsConnection::Join(std::shared_ptr<ResetBudget> resets) {
  resets_ = std::move(resets);
  NamedPair pair = MakeNamedPair();
  if (pair.ours < 0) return -1;
  error_code error;
  if (server_.assign(asio::local::stream_protocol(), pair.ours, error)) {
    ::close(pair.ours);
    ::close(pair.servers);
    return -1;
  }
  up_.resize(kRecordBytes);
  down_.resize(kRecordBytes);
  name_ = std::move(pair.name);
  callers_.Add(name_, {.address = address_, .fingerprint = fingerprint_});
  ::setsockopt(remote_.lowest_layer().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent,
               sizeof kMostUnsent);
  Upwards();
  Downwards();
  return pair.servers;
}

void TlsConnection::Upwards() {
  remote_.async_read_some(asio::buffer(up_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (error || !self->MayGoOn(size)) return self->Close();
                            asio::async_write(self->server_, asio::buffer(self->up_, size),
                                              [self](const error_code& failed, std::size_t) {
                                                return failed ? self->Close() : self->Upwards();
                                              });
                          });
}

bool TlsConnection::MayGoOn(std::size_t size) {
  for (std::size_t left = watch_.Count({up_.data(), size}); left > 0; --left) {
    if (resets_->Take(clock_.Now())) continue;
    ComponentLog("rpc")->warn("{} takes back more calls than it may, and is cut off", address_);
    return false;
  }
  return true;
}

void TlsConnection::Downwards() {
  server_.async_read_some(asio::buffer(down_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (error) return self->Close();
                            asio::async_write(self->remote_, asio::buffer(self->down_, size),
                                              [self](const error_code& failed, std::size_t) {
                                                return failed ? self->Close() : self->Downwards();
                                              });
                          });
}

void TlsConnection::TurnAway() {
  goodbye_ = Http2Refusal("soarmd serves as many connections as it takes; close some");
  asio::async_write(remote_, asio::buffer(goodbye_),
                    [self = shared_from_this()](const error_code&, std::size_t) { self->Close(); });
}

void TlsConnection::Close() {
  error_code ignored;
  ignored = remote_.lowest_layer().shutdown(Socket::shutdown_both, ignored);
  ignored = remote_.lowest_layer().close(ignored);
  ignored = server_.close(ignored);
}

}  // namespace soarm
