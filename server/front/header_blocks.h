#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct nghttp2_hd_inflater;

namespace soarm {

// What a client's header blocks say, decoded as its server will decode them (RFC 7541), which is
// the only way to know which method a call is for. Each block changes how those after it are read.
// Bounded: a few bytes may stand for any number of fields.
//
// Threads  one.
class HeaderBlocks {
 public:
  // Of one block. gRPC's calls have some ten fields of less than a kilobyte; it takes 8 KiB.
  static constexpr std::size_t kMostFields = 128;
  static constexpr std::size_t kMostBytes = 16 << 10;  // of names and values

  HeaderBlocks();
  ~HeaderBlocks();

  // Goes on through the block that has begun, or the next one; with the last of it where `is_last`.
  // False: it is damaged, or says more than a client may. Nothing may be read after that.
  bool Read(std::string_view bytes, bool is_last);
  // The method that the last block calls; empty: none.
  const std::string& path() const { return path_; }

 private:
  struct Free {
    void operator()(nghttp2_hd_inflater* inflater) const;
  };
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
  std::string path_;
  bool has_ended_ = true;
  std::size_t fields_ = 0;
  std::size_t said_bytes_ = 0;
  std::size_t meant_bytes_ = 0;
};

}  // namespace soarm
