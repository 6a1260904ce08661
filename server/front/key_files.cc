#include "server/front/key_files.h"

#include <cstring>
#include <filesystem>

#include <unistd.h>

#include "common/base/atomic_file.h"
#include "common/base/problem.h"
#include "common/base/secret_file.h"
#include "common/base/small_file.h"
#include "common/log/log.h"

namespace soarm {
namespace {

std::string NameOf(const std::string& path) { return std::filesystem::path(path).filename(); }

// Of a file that is there.
absl::Status Unreadable(const std::string& path, const SmallFile& file) {
  return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_STATE_FILE", path,
                path + " cannot be read: " + file.fault + ".", file.fix);
}

// Whether it is there and cannot be read.
bool IsBad(const SmallFile& file) { return !file.missing && !file.is_read(); }

}  // namespace

KeyFiles::KeyFiles(const std::string& folder, const std::string& name)
    : key_(folder + "/" + name + ".key"),
      certificate_(folder + "/" + name + ".crt"),
      new_key_(key_ + ".new") {}

absl::StatusOr<std::optional<KeyFiles::Texts>> KeyFiles::Read(const MayWrite& may_write) const {
  const SmallFile certificate = ReadSmallFile(certificate_);
  if (IsBad(certificate)) return Unreadable(certificate_, certificate);
  SmallFile key = ReadSmallFile(key_);
  if (key.missing && certificate.is_read()) {
    if (absl::Status finished = Finish(certificate.text, may_write); !finished.ok()) {
      return finished;
    }
    key = ReadSmallFile(key_);
  }
  if (IsBad(key)) return Unreadable(key_, key);
  if (key.missing && certificate.missing) return std::optional<Texts>();
  if (key.missing) return Half(key_, certificate_);
  if (const std::string why = WhyNoSecret(key, ::geteuid()); !why.empty()) {
    if (absl::Status kept = Keep(why); !kept.ok()) return kept;
  }
  if (certificate.missing) return Half(certificate_, key_);
  return std::optional(Texts{.key = key.text, .certificate = certificate.text});
}

// What Write() had only a rename left to do of; anything else stays as it is.
absl::Status KeyFiles::Finish(const std::string& certificate, const MayWrite& may_write) const {
  const auto key = tls::PrivateKey::FromPem(ReadSmallFile(new_key_).text);
  const auto own = tls::Certificate::FromPem(certificate);
  if (!key.ok() || !own.ok() || !own->HasKey(*key)) return absl::OkStatus();
  if (absl::Status refused = may_write(); !refused.ok()) return refused;
  return MoveFile(new_key_, key_);
}

absl::Status KeyFiles::Keep(const std::string& why) const {
  const std::string others = "Others could read " + key_ + ": " + why + ".";
  if (const int error = KeepFromOthers(key_); error != 0) {
    return Refuse(absl::StatusCode::kFailedPrecondition, "BAD_STATE_FILE", key_,
                  others + " That cannot be changed: " + std::strerror(error) + ".",
                  "As root: chown " + std::to_string(::geteuid()) + " " + key_ + " && chmod 600 " +
                      key_ + ".");
  }
  ComponentLog("pair")->warn(
      "{} Now it is the daemon's only. Where somebody may have read it, who could pass for this "
      "robot: remove its folder and pair all clients anew.",
      others);
  return absl::OkStatus();
}

absl::Status KeyFiles::Half(const std::string& missing, const std::string& there) const {
  return Refuse(absl::StatusCode::kFailedPrecondition, "KEY_FILE_MISSING", missing,
                missing + " is missing, and " + NameOf(there) + ", which it belongs to, is there.",
                "Restore " + NameOf(missing) + " from a backup, or remove " + NameOf(there) +
                    " as well and pair all clients anew.");
}

absl::Status KeyFiles::About(const std::string& path, const absl::Status& status) const {
  Problem problem = ProblemOf(status);
  problem.subject = path;
  problem.message = path + ": " + problem.message;
  problem.fix = "Restore " + NameOf(key_) + " and " + NameOf(certificate_) +
                " from a backup, or remove both and pair all clients anew.";
  return ToStatus(problem);
}

absl::Status KeyFiles::Write(const tls::PrivateKey& key, const tls::Certificate& certificate,
                             const MayWrite& may_write) const {
  if (absl::Status refused = may_write(); !refused.ok()) return refused;
  if (absl::Status made = ReplaceFile(new_key_, key.ToPem(), kSecretMode); !made.ok()) return made;
  if (absl::Status made = ReplaceFile(certificate_, certificate.ToPem()); !made.ok()) return made;
  return MoveFile(new_key_, key_);
}

void KeyFiles::RemoveLeavings() const {
  for (const std::string& path : {key_, certificate_, new_key_}) RemoveDrafts(path);
}

}  // namespace soarm
