#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "server/config/config_error.h"

namespace soarm {

// "0.25", for messages.
std::string NumberText(double value);

// A line of the file, so that what is judged later can still be pointed at.
struct Place {
  std::string path;
  int line = 0;
};

// Reads one TOML table strictly: every key asked for is type- and range-checked, and Finish()
// reports the keys nobody asked for. Errors are collected, never thrown.
//
// Threads    one.
// Ownership  keeps references to the table and the error list.
class TomlReader {
 public:
  // `path` is the table's own, "" for the file.
  TomlReader(const toml::table& table, std::string path, std::string_view file,
             ConfigErrors& errors);

  std::optional<std::string> String(std::string_view key);
  std::optional<std::string> OneOf(std::string_view key,
                                   const std::vector<std::string_view>& allowed);
  std::optional<double> Number(std::string_view key, double above, double most,
                               std::string_view unit);
  // The same with `least` in it; `why` ends the sentence that says what to write.
  std::optional<double> NumberFrom(std::string_view key, double least, double most,
                                   std::string_view unit, std::string_view why);
  std::optional<std::int64_t> Integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<bool> Bool(std::string_view key);
  std::optional<std::vector<std::string>> Strings(std::string_view key);
  // A sub-table, or nothing (and an error when the key is something else).
  const toml::table* Table(std::string_view key);
  // The tables of [[key]]; empty when absent.
  std::vector<const toml::table*> Tables(std::string_view key);
  const toml::node* Node(std::string_view key);
  // A key of the contract that this version cannot honour: an error when it is present.
  void Unsupported(std::string_view key, std::string_view why, std::string_view fix);

  Place PlaceOf(std::string_view key) const;
  Place place() const;
  std::string PathOf(std::string_view key) const;
  void Fail(const Place& place, std::string message, std::string fix);
  void Finish();

 private:
  // Nothing where there is none, and where there is something else, which is an error.
  std::optional<double> AnyNumber(std::string_view key);
  std::optional<std::string> WithoutNul(std::string_view key, const std::string& text);
  void WrongType(std::string_view key, const toml::node& node, std::string_view wanted);

  const toml::table& table_;
  const std::string path_;
  const std::string file_;
  ConfigErrors& errors_;
  std::set<std::string, std::less<>> asked_;
  std::set<std::string, std::less<>> unsupported_;  // of these, not in this version
};

}  // namespace soarm
