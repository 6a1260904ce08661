#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/front/http2.h"

namespace soarm {

// A frame of HTTP/2 (RFC 9113, section 4.1), as far as who passes it on has to know it.
struct Http2Frame {
  // The longest that a client may send unless it is told of more.
  static constexpr std::size_t kMostKept_bytes = 16 << 10;

  Http2Type type = Http2Type::kData;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::size_t size = 0;  // of its payload, in bytes
  // Of HEADERS, CONTINUATION and PING, if it is no longer than that. Until the next one is asked
  // for.
  std::string_view payload;
  // One of those is longer; told when it begins, and again at its end.
  bool is_too_long = false;
};

// Finds the frames in what one end of a connection says, however that is cut. Pure.
//
// Threads  one.
class FrameCursor {
 public:
  // `preface_bytes` come before the first frame.
  explicit FrameCursor(std::size_t preface_bytes) : preface_bytes_(preface_bytes) {}

  // The next frame that ends in `bytes`, off which all is taken up to its end. Nothing: they are
  // used up, and it goes on.
  std::optional<Http2Frame> Next(std::string_view& bytes);
  // A frame of another kind than those that are kept has begun, and goes on.
  bool IsInUnkept() const { return head_bytes_ == kHeadBytes && !IsKept(); }
  // Goes on through all of `bytes`: where in them the last place is into which a frame of another
  // kind may be put. Nothing: there is none, or no frame was ever before it.
  std::optional<std::size_t> GapIn(std::string_view bytes);

 private:
  static constexpr std::size_t kHeadBytes = 9;

  Http2Type type() const { return static_cast<Http2Type>(head_[3]); }
  Http2Frame Begun() const;
  std::uint8_t flags() const { return static_cast<std::uint8_t>(head_[4]); }
  bool IsKept() const;
  bool IsGap() const { return any_ && head_bytes_ == 0 && !in_headers_; }

  std::size_t preface_bytes_;  // that are still to come
  std::array<char, kHeadBytes> head_{};
  std::size_t head_bytes_ = 0;     // of it that are known
  std::size_t payload_bytes_ = 0;  // that are still to come
  std::string kept_;
  bool any_ = false;         // a frame has ended
  bool in_headers_ = false;  // the last one's headers go on in the next one
};

}  // namespace soarm
