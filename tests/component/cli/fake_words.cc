#include "tests/component/cli/fake_words.h"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>

namespace soarm::test {
namespace {

void AppendField(std::string& out, int number, const std::string& bytes) {
  out += static_cast<char>(number << 3 | 2);
  std::size_t size = bytes.size();
  while (size >= 128) {
    out += static_cast<char>((size & 127U) | 128U);
    size >>= 7U;
  }
  out += static_cast<char>(size);
  out += bytes;
}

}  // namespace

void AppendToTexts(google::protobuf::Message& message, const std::string& text) {
  using google::protobuf::FieldDescriptor;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
    if (field->type() == FieldDescriptor::TYPE_STRING) {
      if (!field->is_repeated()) {
        reflection.SetString(&message, field, reflection.GetString(message, field) + text);
      }
      for (int j = 0; j < size; ++j) {
        reflection.SetRepeatedString(&message, field, j,
                                     reflection.GetRepeatedString(message, field, j) + text);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated() && reflection.HasField(message, field)) {
        AppendToTexts(*reflection.MutableMessage(&message, field), text);
      }
      for (int j = 0; j < size; ++j) {
        AppendToTexts(*reflection.MutableRepeatedMessage(&message, field, j), text);
      }
    }
  }
}

grpc::Status ToStatus(const std::pair<int, v1::ErrorDetail>& error) {
  google::protobuf::Any any;
  any.PackFrom(error.second);
  std::string envelope = std::string("\x08") + static_cast<char>(error.first);
  AppendField(envelope, 2, error.second.message());
  AppendField(envelope, 3, any.SerializeAsString());
  return {static_cast<grpc::StatusCode>(error.first), error.second.message(), envelope};
}

}  // namespace soarm::test
