#include "server/front/http2.h"

namespace soarm {
namespace {

constexpr char kEnhanceYourCalm = 0x0b;  // section 7

// On no stream, without flags.
std::string Frame(Http2Type type, std::string_view payload) {
  const auto size = payload.size();
  std::string frame = {static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                       static_cast<char>(size), static_cast<char>(type)};
  return frame.append(5, '\0').append(payload);
}

}  // namespace

std::string Http2Refusal(std::string_view why) {
  // Behind the last stream that was served: none.
  std::string goodbye(7, '\0');
  goodbye += kEnhanceYourCalm;
  return Frame(Http2Type::kSettings, "") + Frame(Http2Type::kGoAway, goodbye.append(why));
}

std::string Http2Ping(std::string_view payload) { return Frame(Http2Type::kPing, payload); }

}  // namespace soarm
