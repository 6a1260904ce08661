#pragma once

#include <cstdio>
#include <stop_token>
#include <string>
#include <vector>

#include "clients/cpp/address.h"

namespace soarm::cli {

// The whole program but its signals: parses `arguments` (without the program's name), runs the
// command, reports its error, and yields the exit code (exit_code.h).
int RunProgram(const std::vector<std::string>& arguments, std::FILE* out, std::FILE* err,
               std::stop_token stop,
               client::Surroundings surroundings = client::ReadSurroundings());

}  // namespace soarm::cli
