#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace soarm::cli {

// A table for people: columns aligned, numbers to the right, two blanks between columns.
class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns);

  // Missing cells are empty; surplus ones are dropped.
  void Add(std::vector<std::string> cells);

  // Every line ends with a newline and has no blanks before it. Cells may hold UTF-8 ("°") and
  // colour sequences: neither counts wrongly towards the width.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Columns that `text` takes on a terminal.
std::size_t DisplayWidth(std::string_view text);

}  // namespace soarm::cli
