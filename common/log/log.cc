#include "common/log/log.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>

#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include "common/base/clean_text.h"
#include "common/log/line_writer.h"

namespace soarm {
namespace {

// systemd sets JOURNAL_STREAM when stderr goes to the journal, which stamps lines itself.
const char* Pattern() {
  return std::getenv("JOURNAL_STREAM") != nullptr ? "%l %n: %v" : "%Y-%m-%dT%H:%M:%S.%e %l %n: %v";
}

// Never destroyed: threads of others may log until the very end.
LineWriter*& Writer() {
  static LineWriter* writer = nullptr;
  return writer;
}

// Formats under its mutex, and hands over to the writer.
class QueueSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit QueueSink(LineWriter& writer) : writer_(writer) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    writer_.Post(CleanLines({line.data(), line.size()}));
  }
  void flush_() override {}

  LineWriter& writer_;
};

}  // namespace

bool StartLog(std::string_view level) {
  const std::string name(level);
  const spdlog::level::level_enum parsed = spdlog::level::from_str(name);
  if (parsed == spdlog::level::off && name != "off") return false;
  if (Writer() == nullptr) Writer() = new LineWriter(STDERR_FILENO);
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("soarm", std::make_shared<QueueSink>(*Writer())));
  spdlog::set_pattern(Pattern());
  spdlog::set_level(parsed);
  return true;
}

std::shared_ptr<spdlog::logger> ComponentLog(const std::string& component) {
  auto logger = spdlog::default_logger()->clone(component);
  return logger;
}

void PrintLine(std::string_view line) {
  const std::string whole = CleanLines(line) + "\n";
  if (Writer() != nullptr) {
    Writer()->Post(whole);
  } else {
    std::fputs(whole.c_str(), stderr);
  }
}

void FlushLog(std::chrono::milliseconds patience) {
  if (Writer() != nullptr) Writer()->Flush(patience);
}

}  // namespace soarm
