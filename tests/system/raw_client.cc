#include "tests/system/raw_client.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/system/http2_frames.h"

namespace soarm::test {

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
  Send(std::string(kPreface) + Frame(kSettings, 0, 0, ""));
}

RawClient::~RawClient() {
  if (socket_ >= 0) ::close(socket_);
}

void RawClient::Begin(const std::string& method, int calls) {
  const std::string headers = CallHeaders(method);
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
