#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "clients/tools/soarm/json.h"
#include "common/base/problem.h"

namespace soarm::cli {

// Where a command's words go: results to `out`, everything about them to `err`. With `json` a
// result is JSON, and so is an error, on `out`; nothing else is written there.
//
// Threads    one at a time.
// Ownership  keeps the files, does not close them.
class Output {
 public:
  enum class Colour { kRed, kGreen, kYellow, kDim };

  // Colours and redrawing need a terminal, and one that is not TERM=dumb; NO_COLOR turns the former
  // off.
  Output(std::FILE* out, std::FILE* err, bool json, bool no_colour);

  bool json() const { return json_; }
  bool out_is_terminal() const { return out_is_terminal_; }
  bool err_is_terminal() const { return err_is_terminal_; }
  // False once a write to `out` failed, e.g. because the reader of a pipe went away.
  bool good() const { return good_; }

  void Print(std::string_view text);
  void Note(std::string_view text);    // to err, not with json
  void Remark(std::string_view text);  // to err, with json as well
  void Show(const google::protobuf::Message& message, JsonLayout layout = JsonLayout::kIndented);
  // "error: … \n  fix: …", fit for a terminal whoever's words they are
  void Fail(const Problem& found);

  // `text` in a colour when `out` shows colours.
  std::string Paint(Colour colour, std::string_view text) const;

 private:
  void Write(std::FILE* file, std::string_view text);

  std::FILE* const out_;
  std::FILE* const err_;
  const bool json_;
  const bool out_is_terminal_;
  const bool err_is_terminal_;
  const bool no_colour_;
  bool good_ = true;
};

}  // namespace soarm::cli
