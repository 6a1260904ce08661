#include "server/service/robot/fault_reports.h"

#include <cmath>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include "server/service/edge/errors.h"

namespace soarm {
namespace {

// What silence alone explains.
constexpr std::uint32_t kSilence =
    FaultSet::Bit(Fault::kNoReply) | FaultSet::Bit(Fault::kQuarantined);

v1::FaultReport ReportOf(std::string subject, Fault fault) {
  v1::FaultReport report;
  report.set_subject(std::move(subject));
  report.set_fault(std::string(FaultName(fault)));
  report.set_fix(std::string(FaultFix(fault)));
  return report;
}

void FillRegister(const RegisterFact& fact, v1::FaultReport& out) {
  if (!fact.any()) return;
  out.set_message(InWords(fact));
  auto& facts = *out.mutable_facts();
  facts["register"] = std::to_string(fact.address);
  facts["register_name"] = std::string(fact.name);
  facts["wanted"] = std::to_string(fact.wanted);
  facts["found"] = std::to_string(fact.found);
}

void FillDamage(double share, v1::FaultReport& out) {
  char percent[16];
  std::snprintf(percent, sizeof percent, "%.1f", share * 100);
  out.set_message(std::string(percent) + " % of its answers are damaged");
  (*out.mutable_facts())["damaged_percent"] = percent;
}

void FillHeat(const JointModel& model, const JointSample& sample, v1::FaultReport& out) {
  char text[96];
  std::snprintf(text, sizeof text, "%.0f \u00b0C; it switches itself off above %.0f \u00b0C",
                sample.temperature_c, model.max_temperature_c);
  out.set_message(text);
  auto& facts = *out.mutable_facts();
  facts["temperature_c"] = std::to_string(std::lround(sample.temperature_c));
  facts["max_temperature_c"] = std::to_string(std::lround(model.max_temperature_c));
}

void FillSupply(const JointSample& sample, v1::FaultReport& out) {
  char volts[16];
  std::snprintf(volts, sizeof volts, "%.1f", sample.voltage_v);
  out.set_message(std::string(volts) + " V at this servo");
  (*out.mutable_facts())["voltage_v"] = volts;
}

void FillDetails(const JointModel& model, const JointSample& sample, Fault fault,
                 v1::FaultReport& out) {
  if (fault == Fault::kUnfitSetting || fault == Fault::kWrongMode) FillRegister(model.unfit, out);
  if (fault == Fault::kUnlocked) FillRegister(model.lock, out);
  if (fault == Fault::kSupplyVoltage) FillSupply(sample, out);
  if (fault == Fault::kHot) FillHeat(model, sample, out);
  if (fault == Fault::kCorruptReply && sample.damaged_share > 0) {
    FillDamage(sample.damaged_share, out);
  }
}

// The joints of a group in the order of their servos' ids, in which they are chained.
struct Chain {
  std::vector<const JointModel*> models;
  std::vector<const JointSample*> samples;

  std::size_t size() const { return models.size(); }
  std::string NameOf(std::size_t i) const { return std::string(models[i]->name.view()); }
};

Chain ChainOf(const GroupInfo& group, const RobotView& view) {
  const auto& models = view.descriptions[group.bus].joints;
  const auto& joints = view.states[group.bus].joints;
  Chain chain;
  for (std::size_t i = 0; i < models.size() && i < joints.size(); ++i) {
    if ((group.joints & MaskOf(i)) == 0) continue;
    chain.models.push_back(&models[i]);
    chain.samples.push_back(&joints[i].sample);
  }
  return chain;
}

// The first joint from which on none answers.
std::size_t SilentFrom(const Chain& chain) {
  std::size_t from = chain.size();
  while (from > 0) {
    const FaultSet faults = chain.samples[from - 1]->faults;
    if (!faults.Has(Fault::kQuarantined) || faults.Has(Fault::kCorruptReply)) break;
    --from;
  }
  return from;
}

v1::FaultReport ReportOfPlug(const GroupInfo& group, const Chain& chain, std::size_t from) {
  v1::FaultReport report = ReportOf(group.name + "/" + chain.NameOf(from), Fault::kNoReply);
  std::string silent;
  for (std::size_t i = from; i < chain.size(); ++i) {
    silent += (silent.empty() ? "" : ", ") + chain.NameOf(i);
  }
  (*report.mutable_facts())["silent"] = silent;
  if (from == 0) {
    report.set_message("no servo of " + group.name + " answers");
    report.set_fix("Check the supply, and the cable from the adapter to " + chain.NameOf(0) + ".");
  } else {
    report.set_message("nothing answers from here on: " + silent);
    report.set_fix("Check the plugs between " + chain.NameOf(from - 1) + " and " +
                   chain.NameOf(from) + ".");
  }
  return report;
}

}  // namespace

std::vector<v1::FaultReport> FaultReportsOf(const DeviceInfo& device) {
  std::vector<v1::FaultReport> reports;
  for (const Problem& note : device.notes) {
    const v1::ErrorDetail detail = ToErrorDetail(note);
    v1::FaultReport& report = reports.emplace_back();
    report.set_subject(device.name);
    report.set_fault(detail.reason());
    report.set_fix(detail.fix());
    report.set_message(detail.message());
    *report.mutable_facts() = detail.facts();
  }
  return reports;
}

std::vector<v1::FaultReport> FaultReportsOf(const GroupInfo& group, const RobotView& view) {
  const Chain chain = ChainOf(group, view);
  const std::size_t silent_from = SilentFrom(chain);
  const bool one_plug = chain.size() - silent_from > 1;  // of a single one it may be any
  std::vector<v1::FaultReport> reports;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const bool behind_plug = one_plug && i >= silent_from;
    for (int bit = 0; bit < kFaultCount; ++bit) {
      const auto fault = static_cast<Fault>(bit);
      const FaultSet faults = chain.samples[i]->faults;
      if (!faults.Has(fault)) continue;
      // Of a servo that is put aside it says nothing new that it did not answer.
      if (fault == Fault::kNoReply && faults.Has(Fault::kQuarantined)) continue;
      if (behind_plug && (kSilence & FaultSet::Bit(fault)) != 0) continue;
      reports.push_back(ReportOf(group.name + "/" + chain.NameOf(i), fault));
      FillDetails(*chain.models[i], *chain.samples[i], fault, reports.back());
    }
  }
  if (one_plug) reports.push_back(ReportOfPlug(group, chain, silent_from));
  return reports;
}

}  // namespace soarm
