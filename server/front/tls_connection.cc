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
// As long as it may take to tell somebody why it is cut off.
constexpr Nanos kFarewell = std::chrono::seconds(1);
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
                             CallerTable& callers, const LateRule& when_late)
    : context_(std::move(context)),
      address_(std::move(address)),
      callers_(callers),
      when_late_(when_late),
      remote_(std::move(socket), *context_),
      server_(remote_.get_executor()),
      began_(clock_.Now()),
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

int TlsConnection::Join(std::shared_ptr<Allowance> resets) {
  NamedPair pair = MakeNamedPair();
  if (pair.ours < 0) return -1;
  error_code error;
  if (server_.assign(asio::local::stream_protocol(), pair.ours, error)) {
    ::close(pair.ours);
    ::close(pair.servers);
    return -1;
  }
  // The client's part of the handshake answered what came after `began_`.
  gate_ = std::make_unique<LateGate>(when_late_, std::move(resets), began_);
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
  if (listens_ || has_left_ || gate_->ready().size() >= kRecordBytes || IsDeaf()) return;
  listens_ = true;
  remote_.async_read_some(asio::buffer(heard_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            self->listens_ = false;
                            if (error) return self->TakeLeave();
                            self->Hear({self->heard_.data(), size});
                          });
}

void TlsConnection::Hear(std::string_view bytes) {
  const LateGate::Verdict verdict = gate_->Hear(bytes, clock_.Now());
  if (verdict == LateGate::Verdict::kTakesBackTooMuch) {
    return CutOff("takes back more calls than it may");
  }
  if (verdict == LateGate::Verdict::kSaysTooMuch) return CutOff("says more than a client may");
  if (std::string ping = gate_->TakePing(); !ping.empty()) {
    ping_ = std::move(ping);
    PassDown();
  }
  if (const auto until = gate_->waits_until(); until != patient_until_) {
    patient_until_ = until;
    if (until) Wait(*until);
  }
  PassUp();
  Listen();
}

void TlsConnection::Wait(MonoTime until) {
  patience_.expires_after(until - clock_.Now());
  patience_.async_wait([self = weak_from_this(), until](const error_code& cancelled) {
    const auto connection = self.lock();
    if (cancelled || connection == nullptr || connection->gate_->waits_until() != until) return;
    connection->gate_->WaitNoLonger(connection->clock_.Now());
    connection->PassUp();
    connection->Listen();
  });
}

void TlsConnection::PassUp() {
  if (const bool is_silent = gate_->is_silent(); is_silent != is_silent_) {
    is_silent_ = is_silent;
    callers_.SetSilent(name_, is_silent);
  }
  if (hands_on_) return;
  if (gate_->ready().empty()) {
    if (has_left_) Close();
    return;
  }
  hands_on_ = true;
  up_.clear();
  up_.swap(gate_->ready());
  asio::async_write(server_, asio::buffer(up_),
                    [self = shared_from_this()](const error_code& failed, std::size_t) {
                      self->hands_on_ = false;
                      if (failed) return self->Close();
                      self->PassUp();
                      self->Listen();
                    });
}

// What it said last is still handed on, a stop above all. Of what waits nobody knows whether it
// was meant for now: it has the least rights, as whatever outlives its connection.
void TlsConnection::TakeLeave() {
  if (gate_->waits_until()) {
    callers_.Remove(name_);
    gate_->WaitNoLonger(clock_.Now());
  }
  has_left_ = true;
  PassUp();
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
  // Each part is a record of TLS of its own: none is cut for no ping.
  const std::size_t cut = ping_now_.empty() ? bytes.size() : *gap;
  const auto [before, after] = std::pair(bytes.substr(0, cut), bytes.substr(cut));
  const std::array<asio::const_buffer, 3> parts = {asio::buffer(before), asio::buffer(ping_now_),
                                                   asio::buffer(after)};
  sending_since_ = clock_.Now();
  asio::async_write(
      remote_, parts,
      [self = shared_from_this(), sent = down_size_](const error_code& failed, std::size_t) {
        if (failed) return self->Close();
        self->sending_since_.reset();
        self->ping_now_.clear();
        // With a ping alone, more may have been read meanwhile.
        self->down_size_ -= sent;
        if (sent > 0) self->ReadDown();
        self->PassDown();
        self->Listen();
      });
}

void TlsConnection::CutOff(const std::string& why) {
  ComponentLog("rpc")->warn("{} {}, and is cut off", address_, why);
  callers_.CountCutOff();
  has_left_ = true;
  // It is told where that fits in between what the server says.
  if (sending_since_ || !down_frames_.GapIn("")) return Close();
  goodbye_ = Http2Goodbye("It " + why + ": docs/remote.md");
  sending_since_ = clock_.Now();
  asio::async_write(remote_, asio::buffer(goodbye_),
                    [self = shared_from_this()](const error_code&, std::size_t) { self->Close(); });
  patience_.expires_after(kFarewell);
  patience_.async_wait([self = weak_from_this()](const error_code& cancelled) {
    const auto connection = self.lock();
    if (!cancelled && connection != nullptr) connection->Close();
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
