#pragma once

#include <cstdio>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "clients/tools/soarm/program.h"

namespace soarm::test {

struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
};

inline std::string Drain(std::FILE* file) {
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  return text;
}

// The program as a function: everything but main() and its signals.
inline Outcome RunCli(const std::vector<std::string>& arguments, std::stop_token stop = {},
                      client::Surroundings surroundings = client::ReadSurroundings()) {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  Outcome outcome;
  outcome.exit_code =
      cli::RunProgram(arguments, out, err, std::move(stop), std::move(surroundings));
  outcome.out = Drain(out);
  outcome.err = Drain(err);
  return outcome;
}

}  // namespace soarm::test
