#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/time/clock.h"
#include "server/front/caller_table.h"
#include "server/front/frame_cursor.h"
#include "server/front/life_sign.h"
#include "server/front/reset_budget.h"
#include "server/front/tls_context.h"

namespace soarm {

// One connection by TLS: its handshake, then bytes both ways between it and the server's end, as
// many as the slower side takes.
//
// A call that begins is held until the client is known to be there still (LifeSign): a network that
// stood still delivers what its sender has given up long ago, and takes that back only afterwards.
// So both come to the server together. Whoever does not answer within kPatience is said to be
// silent (RemoteCaller), and may then read and stop. A client that does not read is not listened
// to.
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
  // From the client: Listen() reads, Hear() judges what was read (false: it is cut off), PassUp()
  // hands it on.
  void Listen();
  bool Hear(std::string_view bytes);
  bool TakesBackTooMuch();
  void Doubt(MonoTime now);
  void Believe();
  void HoldNoLonger();
  void PassUp();
  void TakeLeave();
  // To the client.
  void Ask(MonoTime now);
  void ReadDown();
  void PassDown();
  bool IsDeaf() const;

  const TlsContext context_;
  const std::string address_;
  CallerTable& callers_;
  boost::asio::ssl::stream<Socket> remote_;
  boost::asio::local::stream_protocol::socket server_;
  std::string fingerprint_;
  std::string name_;  // of the server's peer, in `callers_`; empty: none
  std::string goodbye_;
  std::shared_ptr<ResetBudget> resets_;
  const MonotonicClock clock_;
  const MonoTime began_;

  // Empty until Join(): whoever only waits takes no such room.
  std::vector<char> heard_;  // the read under way
  std::string up_;           // not handed on yet
  std::string up_now_;       // being handed on
  FrameCursor up_frames_;
  LifeSign life_;
  std::optional<MonoTime> doubted_since_;  // a call began, and is the client still there?
  bool holds_ = false;                     // until that is answered
  boost::asio::steady_timer patience_;
  bool listens_ = false;
  bool hands_on_ = false;
  bool has_left_ = false;  // the client has

  std::vector<char> down_;
  std::size_t down_size_ = 0;  // of what was read and is not sent
  FrameCursor down_frames_;
  std::string ping_;      // waits for the gap between two frames
  std::string ping_now_;  // being sent
  std::optional<MonoTime> sending_since_;
};

}  // namespace soarm
