// Floods a listener of soarmd's, as somebody does who means no good or whose program ran wild:
//
//   flooder KIND ADDRESS COUNT [FROM [FOLDER]]
//
//   idle     COUNT connections that are held; half of them say that they speak HTTP/2, the others
//            nothing
//   churn    the same, and what is closed is opened again
//   slow     COUNT connections that say the preface of HTTP/2 a byte every 50 ms, likewise
//   garbage  COUNT connections, one after the other, that say something else
//   resets   COUNT calls that are taken back as they are made, on as few connections as it takes
//
//   pings    COUNT PINGs, whose answers are not read, likewise
//   headers  COUNT calls whose headers say 4,000 times in a byte each what was said once, likewise
//
// ADDRESS is unix:PATH or HOST:PORT, FROM the address to come from ("" or left out: any), FOLDER
// that of a paired robot: its certificate is shown by TLS; "-" is TLS without one. On stderr:
// "flooding" once it has begun, "flooded N" when it has done COUNT; idle, churn and slow go on
// until they are killed.

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/system/http2_frames.h"

namespace soarm::test {
namespace {

constexpr int kSlowEvery_ms = 50;
constexpr int kAtOnce = 32;
constexpr int kInAWrite = 100;

struct Target {
  std::string address;
  std::string from;
  std::string folder;
};

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "flooder: %s\n", what.c_str());
  std::exit(2);
}

void Say(const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); }

sockaddr_in TcpAddress(const std::string& host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) Fail("no address: " + host);
  return address;
}

// -1: not at this moment.
int Connect(const Target& target) {
  const bool is_unix = target.address.starts_with("unix:");
  const int fd = ::socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) Fail("no more descriptors");
  int connected = 0;
  if (is_unix) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    target.address.copy(address.sun_path, sizeof address.sun_path - 1, std::strlen("unix:"));
    connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  } else {
    const std::size_t colon = target.address.rfind(':');
    if (!target.from.empty()) {
      const sockaddr_in from = TcpAddress(target.from, 0);
      static_cast<void>(::bind(fd, reinterpret_cast<const sockaddr*>(&from), sizeof from));
    }
    const sockaddr_in to =
        TcpAddress(target.address.substr(0, colon), std::atoi(target.address.c_str() + colon + 1));
    connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  if (connected == 0) return fd;
  ::close(fd);
  return -1;
}

bool Send(int fd, const std::string& bytes) {
  return ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
}

bool IsClosed(int fd) {
  char byte = 0;
  const ssize_t size = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (size > 0) {
    std::array<char, 4096> ignored{};
    while (::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT) > 0) {
    }
    return false;
  }
  return size == 0 || (errno != EAGAIN && errno != EINTR);
}

// Opens what is not, or not any more, and says a part of `text` on each, every so often.
[[noreturn]] void Hold(const Target& target, int count, const std::string& text, int bytes_a_time,
                       bool opens_again) {
  struct Held {
    int fd = -1;
    std::size_t said = 0;
  };
  std::vector<Held> all(static_cast<std::size_t>(count));
  for (bool first = true;; first = false) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      Held& one = all[i];
      if (one.fd >= 0 && IsClosed(one.fd)) ::close(std::exchange(one.fd, -1));
      if (one.fd < 0 && (first || opens_again)) one = {.fd = Connect(target), .said = 0};
      const bool says = bytes_a_time == 1 || i % 2 == 0;
      if (one.fd < 0 || !says || one.said >= text.size()) continue;
      const std::string part = text.substr(one.said, static_cast<std::size_t>(bytes_a_time));
      if (Send(one.fd, part)) one.said += part.size();
    }
    if (first) Say("flooding");
    ::poll(nullptr, 0, kSlowEvery_ms);
  }
}

void Garbage(const Target& target, int count) {
  Say("flooding");
  std::string garbage(64, '\0');
  unsigned random = 1;
  for (int done = 0; done < count;) {
    std::vector<pollfd> open;
    for (int i = 0; i < kAtOnce && done < count; ++i, ++done) {
      const int fd = Connect(target);
      if (fd < 0) continue;
      for (char& byte : garbage)
        byte = static_cast<char>((random = random * 1103515245 + 12345) >> 16);
      Send(fd, garbage);
      open.push_back({fd, POLLIN, 0});
    }
    for (pollfd& one : open) {
      ::poll(&one, 1, 100);
      ::close(one.fd);
    }
  }
}

// A connection in plain text or by TLS.
class Channel {
 public:
  Channel(const Target& target, SSL_CTX* tls, bool reads) : fd_(Connect(target)), reads_(reads) {
    if (fd_ < 0) return;
    if (tls != nullptr) {
      ssl_ = SSL_new(tls);
      SSL_set_fd(ssl_, fd_);
      if (SSL_connect(ssl_) != 1) Close();
    }
    if (fd_ < 0) return;
    ::fcntl(fd_, F_SETFL, O_NONBLOCK);
    Write(std::string(kPreface) + Frame(kSettings, 0, 0, ""));
  }
  ~Channel() { Close(); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  bool is_open() const { return fd_ >= 0; }
  void Write(const std::string& bytes) {
    std::size_t sent = 0;
    while (is_open() && sent < bytes.size()) {
      if (reads_) ReadAway();
      if (!is_open()) return;
      const char* const from = bytes.data() + sent;
      const auto left = bytes.size() - sent;
      const auto size = ssl_ != nullptr ? SSL_write(ssl_, from, static_cast<int>(left))
                                        : ::send(fd_, from, left, MSG_NOSIGNAL);
      if (size > 0) {
        sent += static_cast<std::size_t>(size);
      } else if (WouldBlock(static_cast<int>(size))) {
        const int events = reads_ ? POLLIN | POLLOUT : POLLOUT;
        pollfd ready{fd_, static_cast<short>(events), 0};
        ::poll(&ready, 1, 100);
      } else {
        return Close();
      }
    }
  }

 private:
  bool WouldBlock(int result) const {
    if (ssl_ == nullptr) return errno == EAGAIN;
    const int why = SSL_get_error(ssl_, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }
  void ReadAway() {
    std::array<char, 16384> ignored{};
    while (true) {
      const auto size = ssl_ != nullptr
                            ? SSL_read(ssl_, ignored.data(), static_cast<int>(ignored.size()))
                            : ::recv(fd_, ignored.data(), ignored.size(), 0);
      if (size > 0) continue;
      if (!WouldBlock(static_cast<int>(size))) Close();
      return;
    }
  }
  void Close() {
    if (ssl_ != nullptr) SSL_free(std::exchange(ssl_, nullptr));
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  int fd_;
  const bool reads_;
  SSL* ssl_ = nullptr;
};

SSL_CTX* TlsOf(const std::string& folder) {
  SSL_CTX* const tls = SSL_CTX_new(TLS_client_method());
  const unsigned char alpn[] = {2, 'h', '2'};
  SSL_CTX_set_alpn_protos(tls, alpn, sizeof alpn);
  if (folder == "-") return tls;
  if (SSL_CTX_use_certificate_file(tls, (folder + "/client.crt").c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, (folder + "/client.key").c_str(), SSL_FILETYPE_PEM) != 1) {
    Fail("no certificate and key in " + folder);
  }
  return tls;
}

// What is said on the stream of that number.
using Saying = std::function<std::string(unsigned stream)>;

int SayAll(const Target& target, int count, bool reads, const Saying& saying) {
  SSL_CTX* const tls = target.folder.empty() ? nullptr : TlsOf(target.folder);
  Say("flooding");
  int done = 0;
  int failed = 0;
  while (done < count && failed < 100) {
    Channel channel(target, tls, reads);
    if (!channel.is_open()) ++failed;
    unsigned stream = 1;
    while (channel.is_open() && done < count) {
      std::string bytes;
      for (int i = 0; i < kInAWrite && done < count; ++i, ++done, stream += 2) {
        bytes += saying(stream);
      }
      channel.Write(bytes);
    }
  }
  return done;
}

Saying SayingOf(const std::string& kind) {
  const std::string call = CallHeaders("/soarm.v1.StateService/WatchState");
  if (kind == "resets") {
    std::string cancel;
    AppendNumber(cancel, 8, 4);
    return [call, cancel](unsigned stream) {
      return Frame(kHeaders, kEndOfHeaders, stream, call) + Frame(kReset, 0, stream, cancel);
    };
  }
  if (kind == "pings") return [](unsigned) { return Frame(kPing, 0, 0, "pingping"); };
  if (kind == "headers") {
    // Said once, it is the first field of what both ends keep, and 0xbe names that (RFC 7541).
    const std::string field = std::string("\x40\x01x\x7f\xbd\x1d", 6) + std::string(3'900, 'v');
    return [call, field](unsigned stream) {
      return Frame(kHeaders, kEndOfHeaders, stream,
                   call + (stream == 1 ? field : std::string(4'000, '\xbe')));
    };
  }
  Fail("no such kind: " + kind);
}

int Main(const std::vector<std::string>& args) {
  if (args.size() < 3) Fail("flooder KIND ADDRESS COUNT [FROM [FOLDER]]");
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const Target target{args[1], args.size() > 3 ? args[3] : "", args.size() > 4 ? args[4] : ""};
  const int count = std::atoi(args[2].c_str());
  const std::string hello = std::string(kPreface) + Frame(kSettings, 0, 0, "");
  int done = count;
  const int at_once = static_cast<int>(hello.size());
  if (args[0] == "idle") Hold(target, count, hello, at_once, /*opens_again=*/false);
  if (args[0] == "churn") Hold(target, count, hello, at_once, /*opens_again=*/true);
  if (args[0] == "slow") Hold(target, count, std::string(kPreface), 1, /*opens_again=*/true);
  if (args[0] == "garbage") {
    Garbage(target, count);
  } else {
    done = SayAll(target, count, args[0] != "pings", SayingOf(args[0]));
  }
  Say("flooded " + std::to_string(done));
  return 0;
}

}  // namespace
}  // namespace soarm::test

int main(int argc, char** argv) { return soarm::test::Main({argv + 1, argv + argc}); }
