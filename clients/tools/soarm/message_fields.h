#pragma once

#include <string>
#include <vector>

#include <absl/status/status.h>
#include <google/protobuf/message.h>

namespace soarm::cli {

// Sets fields of any message from "name=value" words.
//
//   numbers     42, -0.5            bool       true false on off yes no 1 0
//   duration    20ms 1.5s 250us     bytes      hex: 0a1b, 0x0a1b, "0a 1b"
//   enum        its name, in any case, - or _  repeated   a,b,c or the name again
//
// Names may be written with - for _.
//   kInvalidArgument BAD_FIELD  unknown name or bad value; the message lists the fields
absl::Status SetFields(const std::vector<std::string>& words, google::protobuf::Message& message);

// "servo=N by=DURATION" as a hint of what a message takes; empty when it has no fields.
std::string FieldHint(const google::protobuf::Descriptor& type);

// The message as text for people: one field per line, bytes as hex.
std::string ToText(const google::protobuf::Message& message);

}  // namespace soarm::cli
