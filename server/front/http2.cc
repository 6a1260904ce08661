#include "server/front/http2.h"

namespace soarm {
namespace {

// Of RFC 9113, sections 4.1, 6.5, 6.8 and 7.
constexpr char kSettings = 4;
constexpr char kGoAway = 7;
constexpr char kEnhanceYourCalm = 0x0b;

std::string Frame(char type, std::string_view payload) {
  const auto size = static_cast<unsigned>(payload.size());
  std::string frame = {static_cast<char>(size >> 16U), static_cast<char>(size >> 8U),
                       static_cast<char>(size)};
  frame += type;
  frame += std::string(5, '\0');  // no flags, of the connection
  return frame.append(payload);
}

}  // namespace

std::string Http2Refusal(std::string_view why) {
  std::string goodbye(7, '\0');  // no stream was served
  goodbye += kEnhanceYourCalm;
  return Frame(kSettings, "") + Frame(kGoAway, goodbye.append(why));
}

}  // namespace soarm
