#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "server/front/http2.h"

namespace soarm {

// What a client of HTTP/2 says, spelled out by a library that is not ours.
class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  Http2Client() { nghttp2_hd_deflate_new(&deflater_, 4096); }
  ~Http2Client() { nghttp2_hd_deflate_del(deflater_); }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  std::string Block(const Fields& fields) {
    std::vector<nghttp2_nv> values;
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
    };
    for (const auto& [name, value] : fields) {
      values.push_back(
          {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    std::string block(nghttp2_hd_deflate_bound(deflater_, values.data(), values.size()), '\0');
    const auto size =
        nghttp2_hd_deflate_hd(deflater_, bytes(block), block.size(), values.data(), values.size());
    block.resize(static_cast<std::size_t>(size));
    return block;
  }

  std::string Call(const std::string& path, std::uint32_t stream = 1) {
    return Frame(Http2Type::kHeaders, kEndHeadersFlag,
                 Block({{":method", "POST"}, {":path", path}, {"te", "trailers"}}), stream);
  }

  static std::string Frame(Http2Type type, std::uint8_t flags, std::string_view payload,
                           std::uint32_t stream = 1) {
    std::string frame = {static_cast<char>(payload.size() >> 16U),
                         static_cast<char>(payload.size() >> 8U), static_cast<char>(payload.size()),
                         static_cast<char>(type), static_cast<char>(flags)};
    for (const unsigned shift : {24U, 16U, 8U, 0U}) frame += static_cast<char>(stream >> shift);
    return frame.append(payload);
  }

  // To what soarm sent.
  static std::string AnswerTo(const std::string& ping) {
    return Frame(Http2Type::kPing, kAckFlag,
                 std::string_view(ping).substr(ping.size() - kPingBytes), 0);
  }

 private:
  nghttp2_hd_deflater* deflater_ = nullptr;
};

}  // namespace soarm
