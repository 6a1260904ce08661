#include "server/front/tls_connection.h"

#include <array>
#include <chrono>
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
constexpr std::size_t kMostHeld_bytes = 64 << 10;
// Longer than any way there and back over which an arm can be driven.
constexpr Nanos kPatience = std::chrono::seconds(1);
// Who has not read for so long is not listened to until then: what it is owed would pile up.
constexpr Nanos kDeafAfter = std::chrono::milliseconds(250);

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
      server_(remote_.get_executor()),
      began_(clock_.Now()),
      up_frames_(kHttp2Preface.size()),  // which the server's end does not say
      life_(began_),  // the client's part of the handshake answers what comes after this
      patience_(remote_.get_executor()),
      down_frames_(0) {}

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
  heard_.resize(kRecordBytes);
  down_.resize(kRecordBytes);
  name_ = std::move(pair.name);
  callers_.Add(name_, {.address = address_, .fingerprint = fingerprint_});
  ::setsockopt(remote_.lowest_layer().native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent,
               sizeof kMostUnsent);
  Listen();
  ReadDown();
  return pair.servers;
}

bool TlsConnection::IsDeaf() const {
  return sending_since_ && clock_.Now() - *sending_since_ > kDeafAfter;
}

void TlsConnection::Listen() {
  const std::size_t most = holds_ ? kMostHeld_bytes : kRecordBytes;
  if (listens_ || has_left_ || up_.size() >= most || IsDeaf()) return;
  listens_ = true;
  remote_.async_read_some(asio::buffer(heard_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            self->listens_ = false;
                            if (error) return self->TakeLeave();
                            if (!self->Hear({self->heard_.data(), size})) return self->Close();
                            self->PassUp();
                            self->Listen();
                          });
}

bool TlsConnection::Hear(std::string_view bytes) {
  const MonoTime now = clock_.Now();
  up_.append(bytes);
  bool begins_call = false;
  bool says_something = false;
  while (const auto frame = up_frames_.Next(bytes)) {
    if (frame->type == kRstStreamFrame && TakesBackTooMuch()) return false;
    begins_call = begins_call || frame->type == kHeadersFrame;
    says_something = says_something || begins_call || frame->type == kDataFrame;
    life_.Hear(*frame, now);
  }
  if (doubted_since_ && life_.proved() >= *doubted_since_) Believe();
  if (begins_call && !doubted_since_ && !life_.IsFresh(now)) {
    Doubt(now);
  } else if (says_something && life_.ShouldAsk(now)) {
    Ask(now);
  }
  if (holds_ && up_.size() >= kMostHeld_bytes) HoldNoLonger();
  return true;
}

bool TlsConnection::TakesBackTooMuch() {
  if (resets_->Take(clock_.Now())) return false;
  ComponentLog("rpc")->warn("{} takes back more calls than it may, and is cut off", address_);
  return true;
}

void TlsConnection::Doubt(MonoTime now) {
  doubted_since_ = now;
  holds_ = true;
  Ask(now);
  patience_.expires_after(kPatience);
  patience_.async_wait([self = weak_from_this()](const error_code& cancelled) {
    const auto connection = self.lock();
    if (cancelled || connection == nullptr || !connection->holds_) return;
    connection->HoldNoLonger();
    connection->PassUp();
    connection->Listen();
  });
}

void TlsConnection::Believe() {
  doubted_since_.reset();
  patience_.cancel();
  if (!holds_) callers_.SetSilent(name_, false);
  holds_ = false;
}

void TlsConnection::HoldNoLonger() {
  holds_ = false;
  callers_.SetSilent(name_, true);
}

void TlsConnection::PassUp() {
  if (hands_on_ || holds_) return;
  if (up_.empty()) {
    if (has_left_) Close();
    return;
  }
  hands_on_ = true;
  up_now_.swap(up_);
  up_.clear();
  asio::async_write(server_, asio::buffer(up_now_),
                    [self = shared_from_this()](const error_code& failed, std::size_t) {
                      self->hands_on_ = false;
                      if (failed) return self->Close();
                      self->PassUp();
                      self->Listen();
                    });
}

// What it said last is still handed on, a stop above all. Of what was held nobody knows whether it
// was meant for now: it has the least rights, as whatever outlives its connection.
void TlsConnection::TakeLeave() {
  if (holds_) {
    callers_.Remove(name_);
    holds_ = false;
    patience_.cancel();
  }
  has_left_ = true;
  PassUp();
}

void TlsConnection::Ask(MonoTime now) {
  ping_ = life_.Ask(now);
  PassDown();
}

void TlsConnection::ReadDown() {
  server_.async_read_some(asio::buffer(down_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            if (error) return self->Close();
                            self->down_size_ = size;
                            self->PassDown();
                          });
}

// One write at a time: what the server said, with the ping that waits for it between two frames.
void TlsConnection::PassDown() {
  if (sending_since_) return;
  const std::string_view bytes(down_.data(), down_size_);
  const std::optional<std::size_t> gap = down_frames_.GapIn(bytes);
  if (gap) ping_now_ = std::exchange(ping_, {});
  if (down_size_ == 0 && ping_now_.empty()) return;
  const auto [before, after] =
      std::pair(bytes.substr(0, gap.value_or(0)), bytes.substr(gap.value_or(0)));
  const std::array<asio::const_buffer, 3> parts = {asio::buffer(before), asio::buffer(ping_now_),
                                                   asio::buffer(after)};
  sending_since_ = clock_.Now();
  asio::async_write(remote_, parts,
                    [self = shared_from_this()](const error_code& failed, std::size_t) {
                      if (failed) return self->Close();
                      self->sending_since_.reset();
                      self->ping_now_.clear();
                      if (std::exchange(self->down_size_, 0) > 0) self->ReadDown();
                      self->PassDown();
                      self->Listen();
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
