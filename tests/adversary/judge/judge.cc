#include "tests/adversary/judge/judge.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "tests/adversary/judge/adoption_rule.h"
#include "tests/adversary/judge/agreement_rule.h"
#include "tests/adversary/judge/place_rule.h"
#include "tests/adversary/judge/preparation_rule.h"
#include "tests/adversary/judge/press_rule.h"
#include "tests/adversary/judge/range_rule.h"
#include "tests/adversary/judge/rest_rule.h"
#include "tests/adversary/judge/speed_rule.h"
#include "tests/adversary/judge/spring_rule.h"
#include "tests/adversary/judge/strength_rule.h"
#include "tests/adversary/judge/torque_rule.h"
#include "tests/adversary/judge/untouched_rule.h"
#include "tests/adversary/judge/verdict_rule.h"

namespace soarm::adversary {

std::string Say(const char* format, ...) {
  char text[300];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

void Case::Accuse(Time at, const std::string& rule, const std::string& what) const {
  constexpr std::ptrdiff_t kMostOfARule = 3;
  const auto same = [&](const Violation& violation) { return violation.rule == rule; };
  if (std::count_if(violations.begin(), violations.end(), same) < kMostOfARule) {
    violations.push_back({.at = at, .rule = rule, .what = what});
  }
}

void Judge::Begin(const SceneFacts& scene) {
  scene_ = scene;
  ledger_.Begin(scene_);
  troubles_.Begin(scene_);
  drives_.Begin(scene_, ledger_, troubles_);
  violations_.clear();
  case_.reset(new Case{scene_, ledger_, troubles_, drives_, violations_});
  rules_.clear();
  rules_.push_back(std::make_unique<PlaceRule>(*case_));
  rules_.push_back(std::make_unique<SpeedRule>(*case_));
  rules_.push_back(std::make_unique<RangeRule>(*case_));
  rules_.push_back(std::make_unique<PressRule>(*case_));
  rules_.push_back(std::make_unique<RestRule>(*case_));
  rules_.push_back(std::make_unique<SpringRule>(*case_));
  rules_.push_back(std::make_unique<AdoptionRule>(*case_));
  rules_.push_back(std::make_unique<TorqueRule>(*case_));
  rules_.push_back(std::make_unique<StrengthRule>(*case_));
  rules_.push_back(std::make_unique<PreparationRule>(*case_));
  rules_.push_back(std::make_unique<AgreementRule>(*case_));
  rules_.push_back(std::make_unique<VerdictRule>(*case_));
  rules_.push_back(std::make_unique<UntouchedRule>(*case_));
}

void Judge::On(const Event& event) {
  if (const auto* did = std::get_if<WorldDid>(&event.what)) troubles_.On(event.at, *did);
  if (const auto* did = std::get_if<ProcessDid>(&event.what)) troubles_.On(event.at, *did);
  if (const auto* did = std::get_if<WrittenByHost>(&event.what)) troubles_.On(event.at, *did);
  ledger_.On(event.at, event.what);
  drives_.On(event.at, event.what);
  for (const auto& rule : rules_) rule->OnEvent(event.at, event.what);
}

void Judge::On(const TruthFrame& frame) {
  troubles_.On(frame);
  ledger_.Pass(frame.at);
  drives_.On(frame);
  for (const auto& rule : rules_) rule->OnTruth(frame);
}

void Judge::End(Time at) {
  for (const auto& rule : rules_) rule->End(at);
}

}  // namespace soarm::adversary
