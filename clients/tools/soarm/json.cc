#include "clients/tools/soarm/json.h"

#include <cstdio>

#include <google/protobuf/util/json_util.h>

namespace soarm::cli {

std::string ToJson(const google::protobuf::Message& message, JsonLayout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = layout == JsonLayout::kIndented;
  std::string json;
  // Fails only for an Any of unknown type and malformed UTF-8; the API has neither.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!json.ends_with('\n')) json += '\n';
  return json;
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20U) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string ToJson(const Problem& problem) {
  std::string facts;
  for (const auto& [name, value] : problem.facts) {
    if (!facts.empty()) facts += ",";
    facts += JsonString(name) + ":" + JsonString(value);
  }
  return "{\"error\":{\"code\":" + JsonString(absl::StatusCodeToString(problem.code)) +
         ",\"reason\":" + JsonString(problem.reason) +
         ",\"subject\":" + JsonString(problem.subject) +
         ",\"message\":" + JsonString(problem.message) + ",\"fix\":" + JsonString(problem.fix) +
         ",\"facts\":{" + facts + "}}}\n";
}

}  // namespace soarm::cli
