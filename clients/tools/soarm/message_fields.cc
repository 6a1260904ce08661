#include "clients/tools/soarm/message_fields.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/text_format.h>

#include "clients/cpp/durations.h"
#include "clients/tools/soarm/text.h"
#include "common/base/problem.h"

namespace soarm::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status BadField(const std::string& word, const std::string& why, const Descriptor& type) {
  const std::string hint = FieldHint(type);
  return ToStatus(
      {.code = absl::StatusCode::kInvalidArgument,
       .reason = "BAD_FIELD",
       .subject = word,
       .message = "\"" + word + "\": " + why + ".",
       .fix = hint.empty() ? "This method takes no fields." : "The fields are " + hint + ".",
       .facts = {}});
}

template <typename Integer>
std::optional<Integer> ParseInteger(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  Integer value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(std::string_view text) {
  for (const std::string_view yes : {"true", "on", "yes", "1"}) {
    if (text == yes) return true;
  }
  for (const std::string_view no : {"false", "off", "no", "0"}) {
    if (text == no) return false;
  }
  return std::nullopt;
}

std::optional<std::string> ParseHex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ' && c != ':') digits += c;
  }
  if (digits.starts_with("0x")) digits.erase(0, 2);
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    unsigned value = 0;
    const char* begin = digits.data() + i;
    const auto [end, error] = std::from_chars(begin, begin + 2, value, 16);
    if (error != std::errc() || end != begin + 2) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

const EnumValueDescriptor* FindValue(const FieldDescriptor& field, std::string_view text) {
  return field.enum_type()->FindValueByName(ToUpperSnake(text));
}

bool IsDuration(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type() == google::protobuf::Duration::descriptor();
}

// Sets a field, or appends to a repeated one. Protobuf has a method per type and for either case.
class Setter {
 public:
  Setter(Message& message, const FieldDescriptor& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  // False when `text` is no value of the field's type.
  bool Set(const std::string& text) {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Store(ParseInteger<std::int32_t>(text), &Reflection::SetInt32,
                     &Reflection::AddInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Store(ParseInteger<std::int64_t>(text), &Reflection::SetInt64,
                     &Reflection::AddInt64);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Store(ParseInteger<std::uint32_t>(text), &Reflection::SetUInt32,
                     &Reflection::AddUInt32);
      case FieldDescriptor::CPPTYPE_UINT64:
        return Store(ParseInteger<std::uint64_t>(text), &Reflection::SetUInt64,
                     &Reflection::AddUInt64);
      case FieldDescriptor::CPPTYPE_DOUBLE:
        return Store(ParseNumber(text), &Reflection::SetDouble, &Reflection::AddDouble);
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const std::optional<double> number = ParseNumber(text);
        return Store(number ? std::optional(static_cast<float>(*number)) : std::nullopt,
                     &Reflection::SetFloat, &Reflection::AddFloat);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        return Store(ParseBool(text), &Reflection::SetBool, &Reflection::AddBool);
      case FieldDescriptor::CPPTYPE_STRING: {
        const bool bytes = field_.type() == FieldDescriptor::TYPE_BYTES;
        return Store(bytes ? ParseHex(text) : std::optional(text), &Reflection::SetString,
                     &Reflection::AddString);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* value = FindValue(field_, text);
        return Store(value == nullptr ? std::nullopt : std::optional(value), &Reflection::SetEnum,
                     &Reflection::AddEnum);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const std::optional<Nanos> span = ParseSpan(text, /*bare_seconds=*/false);
        if (!IsDuration(field_) || !span) return false;
        Message* duration = field_.is_repeated() ? reflection_.AddMessage(&message_, &field_)
                                                 : reflection_.MutableMessage(&message_, &field_);
        duration->CopyFrom(client::ToProto(*span));
        return true;
      }
    }
    return false;
  }

 private:
  template <typename Value, typename Argument>
  bool Store(const std::optional<Value>& value,
             void (Reflection::*set)(Message*, const FieldDescriptor*, Argument) const,
             void (Reflection::*add)(Message*, const FieldDescriptor*, Argument) const) {
    if (!value) return false;
    (reflection_.*(field_.is_repeated() ? add : set))(&message_, &field_, *value);
    return true;
  }

  Message& message_;
  const FieldDescriptor& field_;
  const Reflection& reflection_;
};

std::string TypeHint(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "N";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "X";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "on|off";
    case FieldDescriptor::CPPTYPE_ENUM:
      return ToKebab(field.enum_type()->name());
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "HEX" : "TEXT";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsDuration(field) ? "20ms" : "…";
  }
  return "…";
}

class HexBytes final : public google::protobuf::TextFormat::FastFieldValuePrinter {
 public:
  void PrintBytes(const std::string& bytes,
                  google::protobuf::TextFormat::BaseTextGenerator* out) const override {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if (!text.empty()) text += ' ';
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
    }
    out->PrintString(text);
  }
};

}  // namespace

absl::Status SetFields(const std::vector<std::string>& words, Message& message) {
  const Descriptor& type = *message.GetDescriptor();
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return BadField(word, "not of the form FIELD=VALUE", type);
    std::string name = word.substr(0, equals);
    for (char& c : name) c = c == '-' ? '_' : c;
    const FieldDescriptor* field = type.FindFieldByName(name);
    if (field == nullptr) return BadField(word, "there is no field " + name, type);
    Setter setter(message, *field);
    std::string rest = word.substr(equals + 1);
    while (field->is_repeated() && rest.find(',') != std::string::npos) {
      const std::size_t comma = rest.find(',');
      if (!setter.Set(rest.substr(0, comma))) return BadField(word, "not a value of it", type);
      rest.erase(0, comma + 1);
    }
    if (!setter.Set(rest)) {
      return BadField(word, "the value must look like " + TypeHint(*field), type);
    }
  }
  return absl::OkStatus();
}

std::string FieldHint(const Descriptor& type) {
  std::string hint;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (!hint.empty()) hint += " ";
    hint += field.name() + "=" + TypeHint(field);
  }
  return hint;
}

std::string ToText(const Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetDefaultFieldValuePrinter(new HexBytes);  // the printer owns it
  std::string text;
  printer.PrintToString(message, &text);
  return text;
}

}  // namespace soarm::cli
