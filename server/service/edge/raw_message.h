#pragma once

#include <string>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

namespace soarm {

// For the methods that see the bytes of their messages.

// False where `bytes` are no such message, or none at all.
bool ParseBuffer(const grpc::ByteBuffer& bytes, google::protobuf::MessageLite& message);

std::string BytesOf(const grpc::ByteBuffer& buffer);

grpc::ByteBuffer ToBuffer(const google::protobuf::MessageLite& message);

}  // namespace soarm
