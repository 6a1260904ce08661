#pragma once

#include <string>
#include <utility>

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include "soarm/v1/error.pb.h"

namespace soarm::test {

// Appends `text` to every text in `message`, those that are unset included.
void AppendToTexts(google::protobuf::Message& message, const std::string& text);

// An error as a daemon sends it: a gRPC code, and the detail in its envelope.
grpc::Status ToStatus(const std::pair<int, v1::ErrorDetail>& error);

}  // namespace soarm::test
