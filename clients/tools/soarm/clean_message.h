#pragma once

#include <google/protobuf/message.h>

#include "common/base/problem.h"

namespace soarm::cli {

// Makes every text in what came from the daemon fit for a terminal: names, reasons and errors are
// other people's words, and may hold escape sequences. Bytes stay as they are.
//
// Session::Connect() and Output::Fail() see to it that nothing is printed without; JSON is not
// cleaned, it escapes.
void CleanMessage(google::protobuf::Message& message);
Problem Cleaned(Problem problem);

}  // namespace soarm::cli
