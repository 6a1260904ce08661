#include "clients/tools/soarm/json.h"

#include <cstdint>
#include <cstdio>

#include <google/protobuf/util/json_util.h>

#include "common/base/utf8.h"

namespace soarm::cli {
namespace {

// All of these have four digits at most.
std::string Escape(std::uint32_t code) {
  char escape[8];
  std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(code));
  return escape;
}

// Protobuf escapes most of what could turn a terminal's head, and not all. Outside of its strings
// JSON has nothing of the kind.
std::string EscapeRest(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const Utf8Char next = DecodeUtf8(json);
    const std::size_t size = next.size == 0 ? 1 : next.size;
    const bool as_it_is = next.size == 0 || next.code == '\n' || IsShown(next.code);
    out += as_it_is ? std::string(json.substr(0, size)) : Escape(next.code);
    json.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::string ToJson(const google::protobuf::Message& message, JsonLayout layout) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  options.add_whitespace = layout == JsonLayout::kIndented;
  std::string json;
  // Fails only for an Any of unknown type and malformed UTF-8; the API has neither.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!json.ends_with('\n')) json += '\n';
  return EscapeRest(json);
}

// What could turn a terminal's head is escaped; what is no character becomes the one that says so.
std::string JsonString(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Utf8Char next = DecodeUtf8(text);
    const std::size_t size = next.size == 0 ? 1 : next.size;
    if (next.size == 0) {
      out += "\\ufffd";
    } else if (next.code == '"' || next.code == '\\') {
      out += '\\';
      out += text.front();
    } else {
      out += IsShown(next.code) ? std::string(text.substr(0, size)) : Escape(next.code);
    }
    text.remove_prefix(size);
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
