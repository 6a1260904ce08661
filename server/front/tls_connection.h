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
#include "server/front/late_gate.h"
#include "server/front/tls_context.h"

namespace soarm {

// One connection by TLS: its handshake, then bytes both ways between it and the server's end, as
// many as the slower side takes. What LateGate lets wait waits here. A client that does not read is
// not listened to.
//
// Threads    "tls".
// Ownership  kept by the operations under way; gone when both directions have ended. `callers` and
//            `when_late` must outlive it.
class TlsConnection final : public std::enable_shared_from_this<TlsConnection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  TlsConnection(Socket socket, TlsContext context, std::string address, CallerTable& callers,
                const LateRule& when_late);
  ~TlsConnection();

  // `done` is called once the other end has proved who it is; not at all otherwise.
  void ShakeHands(std::function<void()> done);
  // Joins it with a new Unix socket, whose other end is returned; -1 where there is none. When the
  // client takes back more calls than `resets` has left, which all connections of the client share,
  // or says more than a client may, it is cut off.
  int Join(std::shared_ptr<Allowance> resets);
  // Says that there is no room, and ends.
  void TurnAway();
  void Close();

  // Empty before the handshake.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  // From the client: Listen() reads, PassUp() hands on what the gate lets through.
  void Listen();
  void Hear(std::string_view bytes);
  void Wait(MonoTime until);
  void PassUp();
  void TakeLeave();
  void CutOff(const std::string& why);
  // To the client.
  void ReadDown();
  void PassDown();
  bool IsDeaf() const;

  const TlsContext context_;
  const std::string address_;
  CallerTable& callers_;
  const LateRule& when_late_;
  boost::asio::ssl::stream<Socket> remote_;
  boost::asio::local::stream_protocol::socket server_;
  std::string fingerprint_;
  std::string name_;  // of the server's peer, in `callers_`; empty: none
  std::string goodbye_;
  const MonotonicClock clock_;
  const MonoTime began_;

  // Empty until Join(): whoever only waits takes no such room.
  std::unique_ptr<LateGate> gate_;
  std::vector<char> heard_;  // the read under way
  std::string up_;           // being handed on
  bool listens_ = false;
  bool hands_on_ = false;
  bool has_left_ = false;   // the client has
  bool is_silent_ = false;  // as `callers_` has it
  boost::asio::steady_timer patience_;
  std::optional<MonoTime> patient_until_;

  std::vector<char> down_;
  std::size_t down_size_ = 0;  // of what was read and is not sent
  FrameCursor down_frames_;
  std::string ping_;      // waits for the gap between two frames
  std::string ping_now_;  // being sent
  std::optional<MonoTime> sending_since_;
};

}  // namespace soarm
