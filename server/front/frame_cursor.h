#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace soarm {

// A frame of HTTP/2 (RFC 9113, section 4.1), as far as who passes it on has to know it.
struct Http2Frame {
  static constexpr std::size_t kShownBytes = 8;

  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::array<char, kShownBytes> payload{};  // what it begins with
};
inline constexpr std::uint8_t kDataFrame = 0;
inline constexpr std::uint8_t kHeadersFrame = 1;
inline constexpr std::uint8_t kRstStreamFrame = 3;
inline constexpr std::uint8_t kPingFrame = 6;
inline constexpr std::uint8_t kAckFlag = 1;

// Finds the frames in what one end of a connection says, however that is cut. Pure.
//
// Threads  one.
class FrameCursor {
 public:
  // `preface_bytes` come before the first frame.
  explicit FrameCursor(std::size_t preface_bytes) : skip_bytes_(preface_bytes) {}

  // The next frame of which all that is shown has been said, which is taken off `bytes`. Nothing:
  // they are used up.
  std::optional<Http2Frame> Next(std::string_view& bytes);
  // Goes on through all of `bytes`: where in them the last place is at which a frame has ended and
  // the next one has not begun. Nothing: there is none, or no frame was ever before it.
  std::optional<std::size_t> GapIn(std::string_view bytes);

 private:
  static constexpr std::size_t kHeaderBytes = 9;

  std::size_t skip_bytes_;
  std::size_t heard_bytes_ = 0;  // of those in head_
  bool is_first_ = true;         // no frame yet
  std::array<char, kHeaderBytes + Http2Frame::kShownBytes> head_{};
};

}  // namespace soarm
