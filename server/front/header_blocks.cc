#include "server/front/header_blocks.h"

#include <new>
#include <utility>

#include <nghttp2/nghttp2.h>

namespace soarm {

HeaderBlocks::HeaderBlocks() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) throw std::bad_alloc();
  inflater_.reset(inflater);
}

HeaderBlocks::~HeaderBlocks() = default;

void HeaderBlocks::Free::operator()(nghttp2_hd_inflater* inflater) const {
  nghttp2_hd_inflate_del(inflater);
}

bool HeaderBlocks::Read(std::string_view bytes, bool is_last) {
  if (std::exchange(has_ended_, false)) {
    path_.clear();
    fields_ = said_bytes_ = meant_bytes_ = 0;
  }
  said_bytes_ += bytes.size();
  if (said_bytes_ > kMostBytes) return false;
  const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size();
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, next, left, is_last ? 1 : 0);
    if (used < 0) return false;
    next += used;
    left -= static_cast<std::size_t>(used);
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
      meant_bytes_ += field.namelen + field.valuelen;
      if (++fields_ > kMostFields || meant_bytes_ > kMostBytes) return false;
      const auto text = [](const std::uint8_t* at, std::size_t size) {
        return std::string_view(reinterpret_cast<const char*>(at), size);
      };
      if (text(field.name, field.namelen) == ":path") path_ = text(field.value, field.valuelen);
    } else if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
      nghttp2_hd_inflate_end_headers(inflater_.get());
      has_ended_ = true;
      return true;
    } else if (left == 0) {
      return !is_last;
    }
  }
}

}  // namespace soarm
