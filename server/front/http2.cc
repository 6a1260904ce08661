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

// `last_stream`: a client may take for not done, and do again, what has a higher number.
std::string GoAway(const std::string& last_stream, std::string_view why) {
  std::string payload = last_stream + std::string(3, '\0');
  payload += kEnhanceYourCalm;
  return Frame(Http2Type::kGoAway, payload.append(why));
}

}  // namespace

std::string Http2Refusal(std::string_view why) {
  return Frame(Http2Type::kSettings, "") + GoAway(std::string(4, '\0'), why);
}

std::string Http2Goodbye(std::string_view why) { return GoAway("\x7f\xff\xff\xff", why); }

std::string Http2Ping(std::string_view payload) { return Frame(Http2Type::kPing, payload); }

}  // namespace soarm
