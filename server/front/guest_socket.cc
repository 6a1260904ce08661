#include "server/front/guest_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include <arpa/inet.h>
#include <linux/tcp.h>  // of glibc 2.36 tcp_info ends before the bytes received
#include <netinet/in.h>
#include <poll.h>

#include "server/front/http2.h"

namespace soarm {
namespace {

// What a TCP client may leave unacknowledged; what gRPC sets on connections that it accepts itself.
constexpr unsigned kLongestSilence_ms = 5'000;
constexpr int kProbeEvery_s = 1;

}  // namespace

std::string ProcessOf(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool known = ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
  return "process " + std::to_string(known ? peer.pid : 0);
}

std::string AddressOf(const sockaddr_storage& peer) {
  char text[INET6_ADDRSTRLEN] = {};
  if (peer.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(peer).sin_addr, text, sizeof text);
  } else if (peer.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr, text,
                sizeof text);
  }
  return text;
}

Heard HearFirst(int fd) {
  std::array<char, kHttp2Preface.size()> bytes{};
  const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Heard::kNotYet : Heard::kSomethingElse;
  const std::string_view heard(bytes.data(), static_cast<std::size_t>(size));
  if (heard == kHttp2Preface) return Heard::kPreface;
  return size > 0 && kHttp2Preface.starts_with(heard) ? Heard::kNotYet : Heard::kSomethingElse;
}

Heard HearFirstOfTls(int fd) {
  // A record of a handshake, of any version (RFC 8446, section 5.1).
  constexpr std::string_view kHandshake = "\x16\x03";
  std::array<char, kHandshake.size()> bytes{};
  const ssize_t size = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (size <= 0) return Heard::kNotYet;
  const std::string_view heard(bytes.data(), static_cast<std::size_t>(size));
  return kHandshake.starts_with(heard) ? Heard::kNotYet : Heard::kSomethingElse;
}

bool HasGone(int fd) {
  pollfd watched{fd, POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) > 0 && (watched.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void ReadAway(int fd) {
  std::array<char, 4096> ignored{};
  while (::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
  }
}

void SetTcpOptions(int fd) {
  const int on = 1;
  // A link that died is known within kLongestSilence_ms also where there is nothing to send: what
  // it holds back is then for nobody.
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kProbeEvery_s, sizeof kProbeEvery_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &kProbeEvery_s, sizeof kProbeEvery_s);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kLongestSilence_ms, sizeof kLongestSilence_ms);
}

Traffic TrafficOf(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return {};
  return {.silent = std::chrono::milliseconds(
              std::min(info.tcpi_last_data_sent, info.tcpi_last_data_recv)),
          .received_bytes = info.tcpi_bytes_received};
}

void AcceptWhenSpokenTo(int listener, std::chrono::seconds patience) {
  const int seconds = static_cast<int>(patience.count());
  ::setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof seconds);
}

}  // namespace soarm
