#include "tests/system/http2_frames.h"

namespace soarm::test {
namespace {

// A header field that no table knows (RFC 7541, 6.2.2); both texts under 127 bytes.
std::string Field(const std::string& name, const std::string& value) {
  std::string field(1, '\0');
  field += static_cast<char>(name.size());
  field += name;
  field += static_cast<char>(value.size());
  return field + value;
}

}  // namespace

void AppendNumber(std::string& out, std::size_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xFFU);
}

std::string Frame(FrameType type, char flags, unsigned stream, const std::string& payload) {
  std::string frame;
  AppendNumber(frame, payload.size(), 3);
  frame += type;
  frame += flags;
  AppendNumber(frame, stream, 4);
  return frame + payload;
}

std::string CallHeaders(const std::string& method) {
  return "\x83\x86" /* :method POST, :scheme http */ + Field(":path", method) +
         Field(":authority", "test") + Field("content-type", "application/grpc") +
         Field("te", "trailers");
}

}  // namespace soarm::test
