#include "clients/tools/soarm/clean_message.h"

#include <limits>
#include <string>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "common/base/clean_text.h"

namespace soarm::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string Clean(const std::string& text) {
  return CleanText(text, std::numeric_limits<std::size_t>::max());
}

void CleanField(Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  const int count = field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
  if (field.type() == FieldDescriptor::TYPE_STRING) {
    if (!field.is_repeated()) {
      reflection.SetString(&message, &field, Clean(reflection.GetString(message, &field)));
      return;
    }
    for (int i = 0; i < count; ++i) {
      const std::string text = reflection.GetRepeatedString(message, &field, i);
      reflection.SetRepeatedString(&message, &field, i, Clean(text));
    }
  } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    for (int i = 0; i < count; ++i) {  // the entries of a map as well
      CleanMessage(field.is_repeated() ? *reflection.MutableRepeatedMessage(&message, &field, i)
                                       : *reflection.MutableMessage(&message, &field));
    }
  }
}

}  // namespace

void CleanMessage(Message& message) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) CleanField(message, *field);
}

Problem Cleaned(Problem problem) {
  for (std::string* text : {&problem.subject, &problem.message, &problem.fix}) {
    *text = Clean(*text);
  }
  for (auto& [name, value] : problem.facts) value = Clean(value);
  return problem;
}

}  // namespace soarm::cli
