#pragma once

#include <string>
#include <string_view>

namespace soarm {

// What every HTTP/2 connection begins with (RFC 9113, section 3.4).
inline constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// What a server says that serves nobody more: its settings, and a GOAWAY (ENHANCE_YOUR_CALM) with
// `why` for people. gRPC's clients put that into the error of their call.
std::string Http2Refusal(std::string_view why);

}  // namespace soarm
