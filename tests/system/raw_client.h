#pragma once

#include <cstddef>
#include <string>

namespace soarm::test {

// A client that speaks just enough HTTP/2 to begin calls, and never reads an answer. What a gRPC
// library would not do is what it is for.
class RawClient {
 public:
  // Connects to a daemon's Unix socket and greets it; a failed test when that is refused.
  explicit RawClient(const std::string& socket_path);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return socket_ >= 0; }
  // Begins `calls` calls of `method`, whose requests never come.
  void Begin(const std::string& method, int calls);
  // Bytes that wait to be read.
  std::size_t Unread() const;
  // Whether the daemon has closed the connection. Reads nothing.
  bool IsClosed() const;

 private:
  void Send(const std::string& bytes) const;

  int socket_ = -1;
  unsigned next_stream_ = 1;
};

}  // namespace soarm::test
