#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "common/base/problem.h"

namespace soarm::cli {

enum class JsonLayout { kIndented, kOneLine };

// Standard proto JSON with the field names of the .proto files, defaults printed. Ends with a
// newline.
std::string ToJson(const google::protobuf::Message& message, JsonLayout layout);

// {"error":{"code","reason","subject","message","fix","facts"}} on one line; `code` is the gRPC
// code's name.
std::string ToJson(const Problem& problem);

// `text` in quotes, escaped: valid JSON whatever the bytes.
std::string JsonString(std::string_view text);

}  // namespace soarm::cli
