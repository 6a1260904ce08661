#include "clients/cpp/error.h"

#include <string>

#include <google/protobuf/any.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

namespace soarm::client {
namespace {

using google::protobuf::internal::WireFormatLite;

// Fields of google.rpc.Status. Its generated code is not in Debian, and three fields do not make
// it worth generating.
constexpr int kDetailsField = 3;

std::optional<v1::ErrorDetail> FromAny(const std::string& bytes) {
  google::protobuf::Any any;
  v1::ErrorDetail detail;
  if (!any.ParseFromString(bytes) || !any.UnpackTo(&detail)) return std::nullopt;
  return detail;
}

}  // namespace

std::optional<v1::ErrorDetail> DecodeErrorEnvelope(std::string_view bytes) {
  google::protobuf::io::CodedInputStream input(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                               static_cast<int>(bytes.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    if (WireFormatLite::GetTagFieldNumber(tag) != kDetailsField ||
        WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      if (!WireFormatLite::SkipField(&input, tag)) return std::nullopt;
      continue;
    }
    std::string any;
    if (!WireFormatLite::ReadBytes(&input, &any)) return std::nullopt;
    if (std::optional<v1::ErrorDetail> detail = FromAny(any)) return detail;
  }
  return std::nullopt;
}

absl::Status InterruptedError() {
  return ToStatus({.code = absl::StatusCode::kCancelled,
                   .reason = kInterrupted,
                   .subject = "",
                   .message = "Interrupted.",
                   .fix = "",
                   .facts = {}});
}

Problem ToProblem(const v1::ErrorDetail& detail, absl::StatusCode code) {
  Problem problem{.code = code,
                  .reason = detail.reason(),
                  .subject = detail.subject(),
                  .message = detail.message(),
                  .fix = detail.fix(),
                  .facts = {}};
  for (const auto& [name, value] : detail.facts()) problem.facts[name] = value;
  return problem;
}

}  // namespace soarm::client
