#pragma once

#include <random>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace soarm::test {

// Fills messages of any type with what a client may send by mistake or on purpose: names that
// there are and others, numbers that make sense, the ends of their types and none at all, fields
// that are missing, and lists that are long.
//
// Threads  one.
class RandomMessage {
 public:
  // `names`: texts that mean something to the daemon; one in two text fields gets one of them.
  RandomMessage(std::mt19937_64& random, std::vector<std::string> names)
      : random_(random), names_(std::move(names)) {}

  void Fill(google::protobuf::Message& message, int depth = 0);
  // `bytes` cut short, changed or replaced.
  std::string Spoil(std::string bytes);

 private:
  void Set(google::protobuf::Message& message, const google::protobuf::FieldDescriptor& field,
           int depth);
  std::string Text();
  double Number();
  std::int64_t Integer();
  bool OneIn(unsigned times) { return random_() % times == 0; }

  std::mt19937_64& random_;
  const std::vector<std::string> names_;
};

}  // namespace soarm::test
