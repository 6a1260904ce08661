#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/front/frame_cursor.h"
#include "server/front/header_blocks.h"

namespace soarm {

// Something that a client said by HTTP/2.
struct ClientSaid {
  enum class Kind {
    kCall,        // `text`: the path of its method
    kTakesBack,   // a call that it made
    kMessage,     // to a call
    kPingAnswer,  // `text`: what the ping carried
    kOverhead,    // costs the server, and is no part of a call: PING, SETTINGS, an empty DATA
    kOther,
    kTooMuch,  // more than headers may say, or what is no HTTP/2; nothing may be asked after it
  };
  Kind kind = Kind::kOther;
  std::string_view text = {};  // until the next one is asked for
  std::uint32_t stream = 0;    // 0: of the connection
  bool is_header = false;      // headers are understood in the order only in which they were said
};

// Understands as much of what a client says as who passes it on to a gRPC server has to.
//
// Threads  one.
class ClientFrames {
 public:
  // The next that ends in `bytes`, off which all is taken up to its end. Nothing: they are used up.
  std::optional<ClientSaid> Next(std::string_view& bytes);
  // What was said last is headers, and goes on in the next.
  bool is_in_block() const { return in_block_; }
  // What is being said are no headers.
  bool IsInUnkept() const { return frames_.IsInUnkept(); }

 private:
  ClientSaid Understand(const Http2Frame& frame);
  ClientSaid ReadHeaders(std::string_view block, bool is_last);

  FrameCursor frames_{kHttp2Preface.size()};
  HeaderBlocks blocks_;
  bool in_block_ = false;
};

}  // namespace soarm
