#include "server/config/toml_reader.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>

namespace soarm {
namespace {

int LineOf(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

std::string JoinWords(const auto& words) {
  std::string text;
  for (const auto& word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

std::string_view TypeName(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none:
      return "nothing";
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
    case toml::node_type::floating_point:
      return "a number";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
  }
  return "something else";
}

}  // namespace

std::string NumberText(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

TomlReader::TomlReader(const toml::table& table, std::string path, std::string_view file,
                       ConfigErrors& errors)
    : table_(table), path_(std::move(path)), file_(file), errors_(errors) {}

std::string TomlReader::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : path_ + "." + std::string(key);
}

Place TomlReader::PlaceOf(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return {PathOf(key), LineOf(node != nullptr ? *node : table_)};
}

Place TomlReader::place() const { return {path_, LineOf(table_)}; }

void TomlReader::Fail(const Place& place, std::string message, std::string fix) {
  errors_.push_back({file_, place.line, place.path, std::move(message), std::move(fix)});
}

void TomlReader::WrongType(std::string_view key, const toml::node& node, std::string_view wanted) {
  Fail(PlaceOf(key), std::string(TypeName(node)) + " where " + std::string(wanted) + " is expected",
       "write " + std::string(wanted));
}

const toml::node* TomlReader::Node(std::string_view key) {
  asked_.emplace(key);
  return table_.get(key);
}

std::optional<std::string> TomlReader::String(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) {
    WrongType(key, *node, "a text in quotes");
    return std::nullopt;
  }
  return WithoutNul(key, node->as_string()->get());
}

// What a text is for, a path or an address, ends at a NUL: the rest would be dropped in silence.
std::optional<std::string> TomlReader::WithoutNul(std::string_view key, const std::string& text) {
  if (text.find('\0') == std::string::npos) return text;
  Fail(PlaceOf(key), "\"" + text + "\" has a NUL in it", "write it without \\u0000");
  return std::nullopt;
}

std::optional<std::string> TomlReader::OneOf(std::string_view key,
                                             const std::vector<std::string_view>& allowed) {
  const std::optional<std::string> text = String(key);
  if (!text) return std::nullopt;
  for (const std::string_view word : allowed) {
    if (word == *text) return text;
  }
  Fail(PlaceOf(key), "\"" + *text + "\" is not known", "use one of " + JoinWords(allowed));
  return std::nullopt;
}

std::optional<double> TomlReader::AnyNumber(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_number()) {
    WrongType(key, *node, "a number");
    return std::nullopt;
  }
  return node->value<double>().value_or(std::nan(""));
}

std::optional<double> TomlReader::Number(std::string_view key, double above, double most,
                                         std::string_view unit) {
  const std::optional<double> value = AnyNumber(key);
  if (!value || (std::isfinite(*value) && *value > above && *value <= most)) return value;
  Fail(PlaceOf(key), NumberText(*value) + " " + std::string(unit) + " is out of range",
       "use more than " + NumberText(above) + " and at most " + NumberText(most) + " " +
           std::string(unit));
  return std::nullopt;
}

std::optional<double> TomlReader::NumberFrom(std::string_view key, double least, double most,
                                             std::string_view unit, std::string_view why) {
  const std::optional<double> value = AnyNumber(key);
  if (!value || (std::isfinite(*value) && *value >= least && *value <= most)) return value;
  Fail(PlaceOf(key), NumberText(*value) + " " + std::string(unit) + " is out of range",
       "use " + NumberText(least) + " to " + NumberText(most) + " " + std::string(unit) + ": " +
           std::string(why));
  return std::nullopt;
}

std::optional<std::int64_t> TomlReader::Integer(std::string_view key, std::int64_t least,
                                                std::int64_t most) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_integer()) {
    WrongType(key, *node, "a whole number");
    return std::nullopt;
  }
  const std::int64_t value = node->as_integer()->get();
  if (value >= least && value <= most) return value;
  Fail(PlaceOf(key), std::to_string(value) + " is out of range",
       "use " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<bool> TomlReader::Bool(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) {
    WrongType(key, *node, "true or false");
    return std::nullopt;
  }
  return node->as_boolean()->get();
}

std::optional<std::vector<std::string>> TomlReader::Strings(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return std::nullopt;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    WrongType(key, *node, "a list of texts");
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const toml::node& item : *array) {
    if (!item.is_string()) {
      WrongType(key, item, "a text in quotes");
      return std::nullopt;
    }
    const auto text = WithoutNul(key, item.as_string()->get());
    if (!text) return std::nullopt;
    texts.push_back(*text);
  }
  return texts;
}

const toml::table* TomlReader::Table(std::string_view key) {
  const toml::node* node = Node(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) WrongType(key, *node, "a table");
  return node->as_table();
}

std::vector<const toml::table*> TomlReader::Tables(std::string_view key) {
  std::vector<const toml::table*> tables;
  const toml::node* node = Node(key);
  if (node == nullptr) return tables;
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    Fail(PlaceOf(key), std::string(TypeName(*node)) + " where a list of tables is expected",
         "write [[" + std::string(key) + "]] with two brackets");
    return tables;
  }
  for (const toml::node& item : *array) {
    if (item.is_table()) {
      tables.push_back(item.as_table());
    } else {
      WrongType(key, item, "a table");
    }
  }
  return tables;
}

void TomlReader::Unsupported(std::string_view key, std::string_view why, std::string_view fix) {
  if (Node(key) != nullptr) Fail(PlaceOf(key), std::string(why), std::string(fix));
  unsupported_.emplace(key);
}

void TomlReader::Finish() {
  std::set<std::string, std::less<>> usable;
  std::ranges::set_difference(asked_, unsupported_, std::inserter(usable, usable.end()));
  for (const auto& [key, node] : table_) {
    if (asked_.contains(key.str())) continue;
    Fail({PathOf(key.str()), static_cast<int>(key.source().begin.line)}, "unknown key",
         "remove it, or use one of " + JoinWords(usable));
  }
}

}  // namespace soarm
