#include <memory>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "clients/tools/soarm/commands/commands.h"
#include "clients/tools/soarm/json.h"
#include "clients/tools/soarm/message_fields.h"
#include "clients/tools/soarm/quiet_note.h"
#include "clients/tools/soarm/table.h"
#include "clients/tools/soarm/text.h"
#include "soarm/sim/v1/sim.pb.h"

namespace soarm::cli {
namespace {

using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Everything about the methods comes from here, so that a new one needs no code.
const ServiceDescriptor& Service() {
  return *sim::v1::SimResponse::descriptor()->file()->FindServiceByName("SimService");
}

std::unique_ptr<Message> Make(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string MethodTable() {
  Table table({{"method"}, {"fields"}});
  for (int i = 0; i < Service().method_count(); ++i) {
    const MethodDescriptor& method = *Service().method(i);
    table.Add({ToKebab(method.name()), FieldHint(*method.input_type())});
  }
  return table.Render();
}

std::string MethodJson() {
  std::string methods;
  for (int i = 0; i < Service().method_count(); ++i) {
    const MethodDescriptor& method = *Service().method(i);
    methods += (methods.empty() ? "" : ",") +
               ("{\"method\":" + JsonString(ToKebab(method.name()))) +
               ",\"fields\":" + JsonString(FieldHint(*method.input_type())) + "}";
  }
  return "{\"methods\":[" + methods + "]}\n";
}

absl::Status UnknownMethod(const std::string& name) {
  return ToStatus({.code = absl::StatusCode::kInvalidArgument,
                   .reason = "UNKNOWN_METHOD",
                   .subject = name,
                   .message = "The simulator has no method \"" + name + "\".",
                   .fix = "`soarm sim` lists them.",
                   .facts = {}});
}

void Show(Output& output, const Message& message, JsonLayout layout) {
  if (output.json()) {
    output.Show(message, layout);
  } else {
    const std::string text = ToText(message);
    output.Print(text.empty() ? "ok\n" : text);
  }
}

}  // namespace

std::vector<std::string> SimMethodNames() {
  std::vector<std::string> names;
  for (int i = 0; i < Service().method_count(); ++i) {
    names.push_back(ToKebab(Service().method(i)->name()));
  }
  return names;
}

absl::Status RunSim(Session& session, const std::string& method_name,
                    const std::vector<std::string>& arguments) {
  Output& output = session.output;
  if (method_name.empty()) {
    output.Print(output.json() ? MethodJson() : MethodTable());
    return absl::OkStatus();
  }
  const MethodDescriptor* method = Service().FindMethodByName(ToPascal(method_name));
  if (method == nullptr) return UnknownMethod(method_name);
  const std::unique_ptr<Message> request = Make(method->input_type());
  const std::unique_ptr<Message> response = Make(method->output_type());
  if (absl::Status set = SetFields(arguments, *request); !set.ok()) return set;

  auto connection = session.Connect();
  if (!connection.ok()) return connection.status();
  const std::string path = "/" + Service().full_name() + "/" + method->name();
  if (method->server_streaming()) {
    QuietNote quiet(output, "message", std::chrono::seconds(10));  // the slowest WatchTruth
    client::CallOptions call = session.Within(Nanos{0});
    quiet.ListenTo(call);
    const auto show = [&] {
      quiet.Heard();
      Show(output, *response, JsonLayout::kOneLine);
      return output.good();
    };
    return (*connection)->WatchByName(path, *request, *response, show, call);
  }
  // SetJoint waits for the hand to arrive, Step for the world: longer than an ordinary call.
  absl::Status status =
      (*connection)
          ->CallByName(path, *request, *response, session.Within(std::chrono::seconds(60)));
  if (status.ok()) Show(output, *response, JsonLayout::kIndented);
  return status;
}

}  // namespace soarm::cli
