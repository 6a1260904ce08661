#include "server/service/edge/errors.h"

#include <cstdint>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/clean_text.h"

namespace soarm {
namespace {

// Trailers share HTTP/2's header limit of 8 KiB, and the details travel base64-encoded beside the
// message. A longer error would be replaced by the transport's own.
constexpr std::size_t kLongestMessage = 768;
constexpr std::size_t kLongestSubject = 256;
constexpr std::size_t kLongestDetails = 3072;

// google.rpc.Status{code = 1, message = 2, details = 3 {google.protobuf.Any}}. Written by hand:
// Debian has no package with that message's code.
std::string Envelope(int code, const std::string& message, const std::string& detail) {
  using google::protobuf::io::CodedOutputStream;
  static constexpr char kType[] = "type.googleapis.com/soarm.v1.ErrorDetail";
  const auto write = [](CodedOutputStream& out, std::uint32_t field, const std::string& bytes) {
    out.WriteTag(field << 3U | 2U);  // length-delimited
    out.WriteVarint32(static_cast<std::uint32_t>(bytes.size()));
    out.WriteString(bytes);
  };
  std::string any;
  {
    google::protobuf::io::StringOutputStream stream(&any);
    CodedOutputStream out(&stream);
    write(out, 1, kType);
    write(out, 2, detail);
  }
  std::string envelope;
  {
    google::protobuf::io::StringOutputStream stream(&envelope);
    CodedOutputStream out(&stream);
    out.WriteTag(1U << 3U);  // varint
    out.WriteVarint32(static_cast<std::uint32_t>(code));
    write(out, 2, message);
    write(out, 3, any);
  }
  return envelope;
}

}  // namespace

v1::ErrorDetail ToErrorDetail(const Problem& problem) {
  v1::ErrorDetail detail;
  detail.set_reason(problem.reason);
  detail.set_subject(CutText(problem.subject, kLongestSubject));
  detail.set_message(CutText(problem.message, kLongestMessage));
  detail.set_fix(CutText(problem.fix, kLongestMessage));
  for (const auto& [name, value] : problem.facts) {
    (*detail.mutable_facts())[name] = CutText(value, kLongestMessage);
  }
  return detail;
}

v1::ErrorDetail ToErrorDetail(const absl::Status& status) {
  return ToErrorDetail(ProblemOf(status));
}

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  v1::ErrorDetail detail = ToErrorDetail(status);
  if (detail.ByteSizeLong() > kLongestDetails) detail.clear_facts();
  // Both libraries number the canonical codes alike.
  const auto code = static_cast<grpc::StatusCode>(status.code());
  return {code, detail.message(), Envelope(code, detail.message(), detail.SerializeAsString())};
}

absl::Status UnexpectedError(std::string_view what) {
  return Refuse(absl::StatusCode::kInternal, "INTERNAL_ERROR", "",
                "The daemon failed unexpectedly: " + std::string(what) + ".",
                "Report this together with the daemon's log.");
}

}  // namespace soarm
