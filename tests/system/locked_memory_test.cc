// What is kept in memory for the control threads, and what is not.

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <link.h>

#include "tests/system/driving.h"
#include "tests/system/programs.h"

namespace soarm::test {
namespace {

// Of the code mapped from each file: whether any of it is locked.
std::map<std::string, bool> LockedCode(const Process& process) {
  std::ifstream maps("/proc/" + std::to_string(process.pid()) + "/smaps");
  std::map<std::string, bool> locked;
  std::string file;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string first;
    std::string access;
    words >> first;
    if (first == "VmFlags:") {
      if (!file.empty()) locked[file] = locked[file] || line.find(" lo") != std::string::npos;
    } else if (first.find('-') != std::string::npos) {
      words >> access;
      const std::size_t slash = line.rfind('/');
      const bool is_code = access == "r-xp" && slash != std::string::npos;
      file = is_code ? line.substr(slash + 1, line.find(".so", slash) - slash - 1) : "";
    }
  }
  return locked;
}

// Of its dynamic section, DT_FLAGS_1.
std::uint64_t LinkFlags(const Process& process) {
  std::ifstream file("/proc/" + std::to_string(process.pid()) + "/exe", std::ios::binary);
  const auto read = [&file](std::uint64_t at, auto& into) {
    file.seekg(static_cast<std::streamoff>(at));
    file.read(reinterpret_cast<char*>(&into), sizeof into);
  };
  ElfW(Ehdr) header{};
  read(0, header);
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    ElfW(Phdr) segment{};
    read(header.e_phoff + i * sizeof segment, segment);
    if (segment.p_type != PT_DYNAMIC) continue;
    ElfW(Dyn) entry{};
    for (std::uint64_t at = 0; at < segment.p_filesz; at += sizeof entry) {
      read(segment.p_offset + at, entry);
      if (entry.d_tag == DT_FLAGS_1) return entry.d_un.d_val;
    }
  }
  return 0;
}

TEST(LockedMemoryTest, AControlThreadNeverLooksForAFunction) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  EXPECT_NE(LinkFlags(daemon.process()) & DF_1_NOW, 0u);
}

TEST(LockedMemoryTest, HasTheControlThreadsCodeAndNotThatOfTheStart) {
  const TemporaryFolder folder;
  RunningDaemon daemon(folder, {"--sim"});
  ASSERT_TRUE(daemon.WaitForFreshJoints(6));
  const auto status = daemon.connection().Call(client::kGetStatus, {});
  ASSERT_TRUE(status.ok()) << status.status();
  if (!status->memory_locked()) GTEST_SKIP() << "this system lets nobody lock memory";
  for (const char* const used : {"soarmd", "libc", "libstdc++"}) {
    EXPECT_TRUE(LockedCode(daemon.process())[used]) << used;
  }
  for (const char* const once : {"libgrpc", "libprotobuf", "libcrypto", "libssl"}) {
    EXPECT_TRUE(Eventually([&] {
      const std::map<std::string, bool> locked = LockedCode(daemon.process());
      return locked.contains(once) && !locked.at(once);
    })) << once;
  }
  for (const char* const used : {"soarmd", "libc", "libstdc++"}) {
    EXPECT_TRUE(LockedCode(daemon.process())[used]) << used;
  }
}

}  // namespace
}  // namespace soarm::test
