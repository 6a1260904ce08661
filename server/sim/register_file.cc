#include "server/sim/register_file.h"

namespace soarm::sim {
namespace {

// A 12 V servo with firmware 3.10 as it leaves the factory.
constexpr std::array<std::uint8_t, kRegisterCount> kFactory12V = {
    0x03, 0x0A, 0x00, 0x09, 0x03, 0x01, 0x00, 0x00, 0x01, 0x00, 0x00, 0xFF, 0x0F, 0x46, 0x8C,
    0x28, 0xE8, 0x03, 0x0C, 0x2C, 0x2F, 0x20, 0x20, 0x00, 0x10, 0x00, 0x01, 0x01, 0x36, 0x01,
    0x01, 0x00, 0x00, 0x00, 0x14, 0xC8, 0x50, 0x0A, 0xC8, 0xC8, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0xE8, 0x03, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0x00, 0x00,
    0x00, 0x00, 0x79, 0x21, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x14, 0x32, 0x01, 0x96, 0x64, 0x01};

constexpr bool IsReadOnly(std::size_t address) {
  return address < 4 || (address >= 56 && address < 78);
}
constexpr bool IsNonVolatile(std::size_t address) {
  return (address >= 4 && address < 40) || address >= 78;
}

}  // namespace

RegisterFile::RegisterFile(SupplyClass supply, const FirmwareOptions& firmware)
    : lock_at_power_up_(firmware.lock_at_power_up), bytes_(kFactory12V) {
  bytes_[0] = static_cast<std::uint8_t>(firmware.major);
  bytes_[reg::kFirmwareMinor] = static_cast<std::uint8_t>(firmware.minor);
  if (firmware.minor < 10) {
    SetWord(reg::kProtectionCurrent, 500);
    bytes_[reg::kSpeedI] = 10;
    bytes_[reg::kMaxAcceleration] = 50;
  }
  if (supply == SupplyClass::k7V4) {
    bytes_[reg::kMaxVoltage] = 80;
    bytes_[reg::kVoltage] = 74;
  }
  nv_ = bytes_;
  backup_ = bytes_;
  ResetWorkingRegisters();
}

void RegisterFile::SetWord(std::uint8_t address, std::uint16_t value) noexcept {
  bytes_[address] = static_cast<std::uint8_t>(value);
  bytes_[address + 1U] = static_cast<std::uint8_t>(value >> 8);
}

bool RegisterFile::Write(std::uint8_t address, std::span<const std::uint8_t> data) noexcept {
  const std::size_t end =
      address + data.size() < kRegisterCount ? address + data.size() : kRegisterCount;
  for (std::size_t i = address; i < end; ++i) {
    if (!IsReadOnly(i)) bytes_[i] = data[i - address];
  }
  if (bytes_[reg::kLock] != 0) return false;
  bool changed = false;
  for (std::size_t i = address; i < end; ++i) {
    if (!IsNonVolatile(i) || nv_[i] == bytes_[i]) continue;
    nv_[i] = bytes_[i];
    changed = true;
  }
  return changed;
}

bool RegisterFile::Persist(std::uint8_t address, std::uint16_t value) noexcept {
  SetWord(address, value);
  const bool changed = nv_[address] != bytes_[address] || nv_[address + 1U] != bytes_[address + 1U];
  nv_[address] = bytes_[address];
  nv_[address + 1U] = bytes_[address + 1U];
  return changed;
}

void RegisterFile::SetModel(std::uint16_t model) noexcept {
  SetWord(reg::kModel, model);
  nv_[reg::kModel] = bytes_[reg::kModel];
  nv_[reg::kModel + 1U] = bytes_[reg::kModel + 1U];
}

void RegisterFile::PowerUp() noexcept {
  bytes_ = nv_;
  ResetWorkingRegisters();
}

void RegisterFile::Recover() noexcept {
  const std::uint8_t id = bytes_[reg::kId];
  for (std::size_t i = 0; i < kRegisterCount; ++i) {
    if (!IsNonVolatile(i)) continue;
    bytes_[i] = backup_[i];
    nv_[i] = backup_[i];
  }
  bytes_[reg::kId] = id;
  nv_[reg::kId] = id;
  ResetWorkingRegisters();
}

void RegisterFile::ResetWorkingRegisters() noexcept {
  for (std::size_t i = reg::kTorqueEnable; i < reg::kLock; ++i) bytes_[i] = 0;
  SetWord(reg::kTorqueLimit, Word(reg::kMaxTorque));
  bytes_[reg::kLock] = lock_at_power_up_ ? 1 : 0;
  for (std::size_t i = reg::kAsyncWrite; i <= reg::kGoalCopy + 1U; ++i) bytes_[i] = 0;
}

}  // namespace soarm::sim
