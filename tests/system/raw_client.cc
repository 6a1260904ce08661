#include "tests/system/raw_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace soarm::test {
namespace {

enum FrameType : char { kHeaders = 1, kSettings = 4 };
constexpr char kEndOfHeaders = 4;

void AppendNumber(std::string& out, std::size_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::string Frame(FrameType type, char flags, unsigned stream, const std::string& payload) {
  std::string frame;
  AppendNumber(frame, payload.size(), 3);
  frame += type;
  frame += flags;
  AppendNumber(frame, stream, 4);
  return frame + payload;
}

// A header field that no table knows (RFC 7541, 6.2.2); both texts under 127 bytes.
std::string Field(const std::string& name, const std::string& value) {
  std::string field(1, '\0');
  field += static_cast<char>(name.size());
  field += name;
  field += static_cast<char>(value.size());
  return field + value;
}

}  // namespace

RawClient::RawClient(const std::string& socket_path) {
  socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ADD_FAILURE() << "nobody listens on " << socket_path;
    ::close(socket_);
    socket_ = -1;
    return;
  }
  Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, ""));
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::Begin(const std::string& method, int calls) {
  const std::string headers = "\x83\x86" /* :method POST, :scheme http */ + Field(":path", method) +
                              Field(":authority", "test") +
                              Field("content-type", "application/grpc") + Field("te", "trailers");
  for (int i = 0; i < calls; ++i, next_stream_ += 2) {
    Send(Frame(kHeaders, kEndOfHeaders, next_stream_, headers));
  }
}

std::size_t RawClient::Unread() const {
  int bytes = 0;
  EXPECT_EQ(::ioctl(socket_, FIONREAD, &bytes), 0);
  return static_cast<std::size_t>(bytes);
}

bool RawClient::IsClosed() const {
  pollfd watched{socket_, POLLRDHUP, 0};
  return ::poll(&watched, 1, 0) > 0;
}

// A daemon that has closed the connection is no failure of the test.
void RawClient::Send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t now = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (now <= 0) return;
    sent += static_cast<std::size_t>(now);
  }
}

}  // namespace soarm::test
