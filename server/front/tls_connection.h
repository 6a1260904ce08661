#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "common/time/clock.h"
#include "server/front/caller_table.h"
#include "server/front/reset_watch.h"
#include "server/front/tls_context.h"

namespace soarm {

// One connection by TLS: its handshake, then bytes both ways between it and the server's end, as
// many as the slower side takes.
//
// Threads    "tls".
// Ownership  kept by the operations under way; gone when both directions have ended.
class TlsConnection final : public std::enable_shared_from_this<TlsConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  TlsConnection(Socket socket, TlsContext context, std::string address, CallerTable& callers);
  ~TlsConnection();

  // `done` is called once the other end has proved who it is; not at all otherwise.
  void ShakeHands(std::function<void()> done);
  // Joins it with a new Unix socket, whose other end is returned; -1 where there is none. When the
  // client takes back more calls than `resets` has left, which all connections of the client share,
  // it is cut off.
  int Join(std::shared_ptr<ResetBudget> resets);
  // Says that there is no room, and ends.
  void TurnAway();
  void Close();

  // Empty before the handshake.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  void Upwards();
  bool MayGoOn(std::size_t size);
  void Downwards();

  const TlsContext context_;
  const std::string address_;
  CallerTable& callers_;
  boost::asio::ssl::stream<Socket> remote_;
  boost::asio::local::stream_protocol::socket server_;
  std::string fingerprint_;
  std::string name_;  // of the server's peer, in `callers_`; empty: none
  std::string goodbye_;
  std::shared_ptr<ResetBudget> resets_;
  ResetWatch watch_;
  const MonotonicClock clock_;
  // Empty until Join(): whoever only waits takes no such room.
  std::vector<char> up_;
  std::vector<char> down_;
};

}  // namespace soarm
