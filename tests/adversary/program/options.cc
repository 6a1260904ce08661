#include "tests/adversary/program/options.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace soarm::adversary {

const char kHelp[] =
    R"(adversary [--seeds A..B | --seed N | --minutes M | --replay FILE] [options]

Plays random adversity against the daemon's control core on a simulated robot, on a virtual clock,
and says where a promise was broken. The same seed gives the same play.

  --seed N        one play
  --seeds A..B    these plays, both ends included
  --minutes M     plays from --seed on (default 1) until M minutes have passed
  --jobs N        processes (default 1)
  --seconds S     length of a play (default 30)
  --robot NAME    so101, so100, lekiwi, so101+so101_leader or two_arms (default: any)
  --profile NAME  calm, hostile, wire, world, process or all (default: any)
  --replay FILE   plays a script instead
  --rules A,B     only violations of these rules count (default: all)
  --first         ends at the first violation
  --shrink        cuts what failed to the shortest script that still does
  --trace         prints all that happens
  --print         prints the script of --seed without playing it
  --json          prints the summary as JSON, and nothing else on stdout
  --transitions   names the transitions of mode and cause that no play reached
  --help

On stderr, one line for each seed at once when it fails, and now and then how far it has come.
Exit code: 0 no violation, 1 violations, 2 wrong command line.
)";

namespace {

bool ToUnsigned(std::string_view text, std::uint64_t& value) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

bool OneOf(std::string_view name, const std::vector<std::string>& names) {
  return std::ranges::find(names, name) != names.end();
}

// Reads the value of `flag` into `options`. False: it makes no sense.
bool Take(std::string_view flag, std::string_view value, Options& options) {
  double number = 0;
  std::uint64_t whole = 0;
  if (flag == "--seed") {
    if (!ToUnsigned(value, whole)) return false;
    options.first_seed = options.last_seed = whole;
    return true;
  }
  if (flag == "--seeds") {
    const std::size_t dots = value.find("..");
    return dots != std::string_view::npos &&
           ToUnsigned(value.substr(0, dots), options.first_seed) &&
           ToUnsigned(value.substr(dots + 2), options.last_seed) &&
           options.first_seed <= options.last_seed;
  }
  if (flag == "--minutes") {
    return ParseNumber(value, options.minutes) && options.minutes > 0;
  }
  if (flag == "--jobs") {
    if (!ToUnsigned(value, whole) || whole < 1 || whole > 256) return false;
    options.jobs = static_cast<int>(whole);
    return true;
  }
  if (flag == "--seconds") {
    if (!ParseNumber(value, number) || !(number > 0 && number < 1e6)) return false;
    options.wish.length = static_cast<Time>(number * 1e9);
    return true;
  }
  if (flag == "--robot") {
    options.wish.robot = value;
    return OneOf(value, RobotNames());
  }
  if (flag == "--profile") {
    options.wish.profile = value;
    return OneOf(value, ProfileNames());
  }
  if (flag == "--replay") {
    options.replay = value;
    return true;
  }
  if (flag == "--rules") {
    for (std::string& rule : SplitList(value)) options.rules.insert(std::move(rule));
    return !options.rules.empty();
  }
  return false;
}

}  // namespace

std::optional<Options> ParseOptions(int argc, char** argv, std::string& problem) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view flag = argv[i];
    if (flag == "--first") {
      options.first = true;
    } else if (flag == "--shrink") {
      options.shrink = true;
    } else if (flag == "--trace") {
      options.trace = true;
    } else if (flag == "--print") {
      options.print = true;
    } else if (flag == "--json") {
      options.json = true;
    } else if (flag == "--transitions") {
      options.transitions = true;
    } else if (flag == "--help" || flag == "-h") {
      options.help = true;
    } else if (i + 1 < argc && Take(flag, argv[i + 1], options)) {
      ++i;
    } else {
      problem = std::string(flag) + (i + 1 < argc ? std::string(" ") + argv[i + 1] : "") +
                ": not understood";
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace soarm::adversary
