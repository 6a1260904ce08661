#include "clients/tools/soarm/output.h"

#include <cstdlib>

#include <unistd.h>

#include "clients/tools/soarm/clean_message.h"

namespace soarm::cli {
namespace {

// One that understands escape sequences.
bool IsTerminal(std::FILE* file) {
  if (::isatty(::fileno(file)) != 1) return false;
  const char* kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): nobody sets variables
  return kind == nullptr || std::string_view(kind) != "dumb";
}

std::string_view Sequence(Output::Colour colour) {
  switch (colour) {
    case Output::Colour::kRed:
      return "\x1b[31m";
    case Output::Colour::kGreen:
      return "\x1b[32m";
    case Output::Colour::kYellow:
      return "\x1b[33m";
    case Output::Colour::kDim:
      return "\x1b[2m";
  }
  return "";
}

std::string Coloured(Output::Colour colour, std::string_view text) {
  return std::string(Sequence(colour)) + std::string(text) + "\x1b[0m";
}

}  // namespace

Output::Output(std::FILE* out, std::FILE* err, bool json, bool no_colour)
    : out_(out),
      err_(err),
      json_(json),
      out_is_terminal_(IsTerminal(out)),
      err_is_terminal_(IsTerminal(err)),
      no_colour_(no_colour) {}

void Output::Write(std::FILE* file, std::string_view text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
  if (file == out_ && !written) good_ = false;
}

void Output::Print(std::string_view text) { Write(out_, text); }

void Output::Note(std::string_view text) {
  if (!json_) Write(err_, text);
}

void Output::Show(const google::protobuf::Message& message, JsonLayout layout) {
  Write(out_, ToJson(message, layout));
}

void Output::Remark(std::string_view text) { Write(err_, text); }

void Output::Fail(const Problem& found) {
  if (json_) {
    Write(out_, ToJson(found));
    return;
  }
  const Problem problem = Cleaned(found);
  const bool colours = err_is_terminal_ && !no_colour_;
  std::string text =
      (colours ? Coloured(Colour::kRed, "error:") : "error:") + (" " + problem.message);
  text += "\n";
  if (!problem.fix.empty()) {
    text += (colours ? Coloured(Colour::kGreen, "  fix:") : "  fix:") + (" " + problem.fix) + "\n";
  }
  Write(err_, text);
}

std::string Output::Paint(Colour colour, std::string_view text) const {
  if (!out_is_terminal_ || no_colour_) return std::string(text);
  return Coloured(colour, text);
}

}  // namespace soarm::cli
