// partwise-load: sends the requests of a plan, and prints what it counted as JSON.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>

#include "load/hold.hpp"
#include "load/payload.hpp"
#include "load/plan_reader.hpp"
#include "load/run.hpp"

namespace {

using namespace partwise;

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

Result<std::string> read_text(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::not_found, "Could not open " + path + ".");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Arguments {
  std::string plan = "-";
  std::uint64_t payload_bytes = 0;
  load::HoldSettings hold;
};

Result<std::optional<load::Payload>> open_payload(const load::Plan& plan, std::uint64_t bytes) {
  std::optional<load::Payload> payload;
  if (plan.payload.empty()) return payload;
  if (bytes > 0) CHECK(load::make_payload(plan.payload, bytes));
  TRY(auto opened, load::Payload::open(plan.payload));
  payload.emplace(std::move(opened));
  return payload;
}

// The exit code.
Result<int> run(const Arguments& arguments, bool holds) {
  TRY(const auto text, read_text(arguments.plan));
  TRY(const auto plan, load::read_plan(text));
  TRY(const auto opened, open_payload(plan, arguments.payload_bytes));
  const load::Payload* const payload = opened ? &*opened : nullptr;
  if (holds) {
    TRY(const auto figures, load::hold(plan, payload, arguments.hold, std::cout));
    std::cout << load::to_json(figures) << std::endl;
    return figures.broken == 0 ? 0 : kExitFailed;
  }
  if (!plan.seconds && !plan.iterations) {
    return fail(ErrorCode::invalid_request, "The plan has neither seconds nor iterations.");
  }
  const load::Outcome outcome = load::run(plan, payload);
  std::cout << load::to_json(outcome.figures, outcome.cost, plan) << std::endl;
  return outcome.figures.errors() == 0 ? 0 : kExitFailed;
}

void add_options(CLI::App& app, Arguments& arguments) {
  app.add_option("plan", arguments.plan, "A file with the plan as JSON; - is the standard input")
      ->capture_default_str();
  app.add_option("--payload-bytes", arguments.payload_bytes,
                 "Make the plan's payload, of that size, unless it is there");
}

const CLI::App* add_hold(CLI::App& app, Arguments& arguments) {
  const std::map<std::string, load::HoldMode> modes{{"idle", load::HoldMode::idle},
                                                    {"stream", load::HoldMode::stream},
                                                    {"slow", load::HoldMode::slow}};
  CLI::App* const command = app.add_subcommand(
      "hold", "Keep the plan's connections as they are, and print 'holding' once they are");
  command->add_option("mode", arguments.hold.mode, "idle, stream or slow")
      ->required()
      ->transform(CLI::Transformer(modes));
  add_options(*command, arguments);
  command->add_option("--seconds", arguments.hold.seconds,
                      "How long; else until SIGINT or SIGTERM");
  command->add_option("--rate", arguments.hold.rate_bytes_per_s,
                      "Bytes per second of each slow stream");
  return command;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends the requests of a plan, and prints what it counted as JSON.");
  Arguments arguments;
  add_options(app, arguments);
  const CLI::App* const hold = add_hold(app, arguments);
  app.footer("Exit codes: 0 no errors, 1 some, 2 the command line or the plan is wrong.");
  CLI11_PARSE(app, argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);  // sendfile(2) has no flag against it.
  const auto outcome = run(arguments, hold->parsed());
  if (outcome) return *outcome;
  std::cerr << "partwise-load: " << outcome.error().message << '\n';
  return kExitUsage;
}
