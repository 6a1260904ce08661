#pragma once

#include <optional>
#include <string_view>

#include "common/base/problem.h"
#include "soarm/v1/error.pb.h"

// Errors of this library are absl::Status with a Problem inside (common/base/problem.h): what the
// daemon said in its ErrorDetail, or one of these where it said nothing.
//
//   DAEMON_UNREACHABLE  no connection, or it broke: kUnavailable
//   SHUTTING_DOWN       it cut the call as it ended, without a word of its own: kUnavailable
//   TIMED_OUT           no answer in time: kDeadlineExceeded
//   INTERRUPTED         the caller's stop token ended the call: kCancelled
//   NOT_SERVED          this daemon has no such method: kUnimplemented
namespace soarm::client {

inline constexpr char kDaemonUnreachable[] = "DAEMON_UNREACHABLE";
inline constexpr char kShuttingDown[] = "SHUTTING_DOWN";
inline constexpr char kTimedOut[] = "TIMED_OUT";
inline constexpr char kInterrupted[] = "INTERRUPTED";
inline constexpr char kNotServed[] = "NOT_SERVED";

// The ErrorDetail inside a serialized google.rpc.Status, as it travels in the trailer
// `grpc-status-details-bin`. Nothing when the bytes are malformed or carry no such detail.
std::optional<v1::ErrorDetail> DecodeErrorEnvelope(std::string_view bytes);

// kCancelled INTERRUPTED.
absl::Status InterruptedError();

Problem ToProblem(const v1::ErrorDetail& detail, absl::StatusCode code);

}  // namespace soarm::client
