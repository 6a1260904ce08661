#include "server/front/tls_identity.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <sys/stat.h>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/small_file.h"

namespace soarm {
namespace {

constexpr std::int64_t kYear_s = 365 * 24 * 3600;
constexpr std::int64_t kServerLasts_s = 10 * kYear_s;
// A robot without a battery for its clock starts long ago; what it issues then must hold today.
constexpr std::int64_t kNotBefore_s = 1'767'225'600;  // 2026-01-01

// Nothing where there is no file.
absl::StatusOr<std::optional<std::string>> Read(const std::string& path) {
  const SmallFile file = ReadSmallFile(path);
  if (file.missing) return std::optional<std::string>();
  if (file.is_read()) return std::optional(file.text);
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_STATE_FILE", path,
                path + " cannot be read: " + file.fault + ".", file.fix);
}

absl::Status InFile(const std::string& path, const absl::Status& status) {
  Problem problem = ProblemOf(status);
  problem.subject = path;
  problem.message = path + ": " + problem.message;
  problem.fix = "Restore the folder from a backup, or remove it and pair all clients anew.";
  return ToStatus(problem);
}

// A pair of files: FOLDER/NAME.key and FOLDER/NAME.crt.
struct Files {
  std::string key;
  std::string certificate;

  Files(const std::string& folder, const std::string& name)
      : key(folder + "/" + name + ".key"), certificate(folder + "/" + name + ".crt") {}
};

absl::Status Write(const Files& files, const tls::PrivateKey& key,
                   const tls::Certificate& certificate,
                   const std::function<absl::Status()>& may_write) {
  if (absl::Status refused = may_write(); !refused.ok()) return refused;
  if (absl::Status written = ReplaceFile(files.key, key.ToPem(), kSecretMode); !written.ok()) {
    return written;
  }
  return ReplaceFile(files.certificate, certificate.ToPem());
}

absl::StatusOr<tls::Authority> LoadOrMakeAuthority(const Files& files, std::string_view robot,
                                                   const std::function<absl::Status()>& may_write) {
  const auto key = Read(files.key);
  if (!key.ok()) return key.status();
  const auto certificate = Read(files.certificate);
  if (!certificate.ok()) return certificate.status();
  if (*key && *certificate) {
    auto read = tls::Authority::FromPem(**key, **certificate);
    return read.ok() ? std::move(read) : InFile(files.key, read.status());
  }
  auto made = tls::Authority::Make(robot);
  if (!made.ok()) return made;
  const absl::Status written = Write(files, made->key(), made->certificate(), may_write);
  return written.ok() ? std::move(made) : written;
}

// Nothing where it is missing, of another authority or old: it is made again, and no client minds.
std::optional<std::pair<tls::PrivateKey, tls::Certificate>> LoadServer(
    const Files& files, const tls::Authority& authority, std::int64_t now_s) {
  const auto key_text = Read(files.key);
  const auto certificate_text = Read(files.certificate);
  if (!key_text.ok() || !certificate_text.ok() || !*key_text || !*certificate_text) {
    return std::nullopt;
  }
  auto key = tls::PrivateKey::FromPem(**key_text);
  auto certificate = tls::Certificate::FromPem(**certificate_text);
  if (!key.ok() || !certificate.ok() || !certificate->HasKey(*key)) return std::nullopt;
  if (!certificate->IsIssuedBy(authority.certificate())) return std::nullopt;
  if (certificate->ExpiresAt_s() < now_s + kYear_s) return std::nullopt;
  return std::pair(*std::move(key), *std::move(certificate));
}

}  // namespace

std::string TlsIdentity::StampOf(const std::string& folder) {
  std::string stamp;
  for (const char* name : {"robot", "server"}) {
    const Files files(folder, name);
    for (const std::string& path : {files.key, files.certificate}) {
      struct stat info{};
      if (::stat(path.c_str(), &info) == 0) {
        stamp += std::to_string(info.st_ino) + " " + std::to_string(info.st_size) + " " +
                 std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec);
      } else if (std::string_view(name) == "robot") {
        return "";
      }
      stamp += "\n";
    }
  }
  return stamp;
}

absl::StatusOr<TlsIdentity> TlsIdentity::LoadOrMake(
    const std::string& folder, std::string_view robot, std::int64_t now_s,
    const std::function<absl::Status()>& may_write) {
  auto authority = LoadOrMakeAuthority(Files(folder, "robot"), robot, may_write);
  if (!authority.ok()) return authority.status();
  const Files files(folder, "server");
  now_s = std::max(now_s, kNotBefore_s);
  if (auto server = LoadServer(files, *authority, now_s)) {
    return TlsIdentity(*std::move(authority), std::move(server->first), std::move(server->second));
  }
  auto key = tls::PrivateKey::Generate();
  if (!key.ok()) return key.status();
  auto certificate = authority->IssueServer(*key, now_s + kServerLasts_s);
  if (!certificate.ok()) return certificate.status();
  if (absl::Status written = Write(files, *key, *certificate, may_write); !written.ok()) {
    return written;
  }
  return TlsIdentity(*std::move(authority), *std::move(key), *std::move(certificate));
}

}  // namespace soarm
