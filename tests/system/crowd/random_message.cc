#include "tests/system/crowd/random_message.h"

#include <cmath>
#include <limits>

namespace soarm::test {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepest = 3;
constexpr std::size_t kLongText = 20'000;
constexpr unsigned kLongList = 300;

}  // namespace

std::string RandomMessage::Text() {
  if (!names_.empty() && OneIn(2)) return names_[random_() % names_.size()];
  switch (random_() % 6) {
    case 0:
      return "";
    case 1:
      return std::string(random_() % kLongText, 'x');
    case 2:
      return "\x1b[2J\xe2\x80\xae";  // what a terminal would act on
    case 3:
      return std::string("arm\0b", 5);
    default:
      return "stranger " + std::to_string(random_() % 100);
  }
}

double RandomMessage::Number() {
  constexpr double kEnds[] = {0.0,
                              -0.0,
                              1e300,
                              -1e300,
                              5e-324,
                              std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()};
  if (OneIn(3)) return kEnds[random_() % std::size(kEnds)];
  return std::uniform_real_distribution<double>(-4, 4)(random_);
}

std::int64_t RandomMessage::Integer() {
  constexpr std::int64_t kEnds[] = {0,
                                    1,
                                    -1,
                                    std::numeric_limits<std::int64_t>::max(),
                                    std::numeric_limits<std::int64_t>::min(),
                                    1'000'000'000};
  if (OneIn(2)) return kEnds[random_() % std::size(kEnds)];
  return static_cast<std::int64_t>(random_() % 1000);
}

void RandomMessage::Fill(Message& message, int depth) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (OneIn(3)) continue;
    unsigned times = 1;
    if (field.is_repeated()) times = static_cast<unsigned>(random_() % 4);
    if (field.is_repeated() && depth == 0 && OneIn(10)) times = kLongList;
    for (unsigned n = 0; n < times; ++n) Set(message, field, depth);
  }
}

void RandomMessage::Set(Message& message, const FieldDescriptor& field, int depth) {
  const Reflection& set = *message.GetReflection();
  const bool many = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      if (depth >= kDeepest) return;
      Message& inner =
          many ? *set.AddMessage(&message, &field) : *set.MutableMessage(&message, &field);
      return Fill(inner, depth + 1);
    }
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = Text();
      return many ? set.AddString(&message, &field, text) : set.SetString(&message, &field, text);
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = static_cast<int>(random_() % 12) - 1;
      return many ? set.AddEnumValue(&message, &field, value)
                  : set.SetEnumValue(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return many ? set.AddBool(&message, &field, OneIn(2))
                  : set.SetBool(&message, &field, OneIn(2));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return many ? set.AddDouble(&message, &field, Number())
                  : set.SetDouble(&message, &field, Number());
    case FieldDescriptor::CPPTYPE_FLOAT: {
      const auto value = static_cast<float>(Number());
      return many ? set.AddFloat(&message, &field, value) : set.SetFloat(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const auto value = static_cast<std::int32_t>(Integer());
      return many ? set.AddInt32(&message, &field, value) : set.SetInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const auto value = static_cast<std::uint32_t>(Integer());
      return many ? set.AddUInt32(&message, &field, value) : set.SetUInt32(&message, &field, value);
    }
    case FieldDescriptor::CPPTYPE_INT64:
      return many ? set.AddInt64(&message, &field, Integer())
                  : set.SetInt64(&message, &field, Integer());
    case FieldDescriptor::CPPTYPE_UINT64: {
      const auto value = static_cast<std::uint64_t>(Integer());
      return many ? set.AddUInt64(&message, &field, value) : set.SetUInt64(&message, &field, value);
    }
  }
}

std::string RandomMessage::Spoil(std::string bytes) {
  switch (random_() % 3) {
    case 0:
      bytes.resize(bytes.size() / 2);
      break;
    case 1:
      if (!bytes.empty()) bytes[random_() % bytes.size()] = static_cast<char>(random_());
      break;
    default:
      bytes.assign(1 + random_() % 200, static_cast<char>(random_()));
  }
  return bytes;
}

}  // namespace soarm::test
