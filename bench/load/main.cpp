// partwise-load: sends the requests of a plan, and prints what it counted as JSON.

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

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
Result<int> run(const Arguments& arguments) {
  TRY(const auto text, read_text(arguments.plan));
  TRY(const auto plan, load::read_plan(text));
  if (!plan.seconds && !plan.iterations) {
    return fail(ErrorCode::invalid_request, "The plan has neither seconds nor iterations.");
  }
  TRY(const auto payload, open_payload(plan, arguments.payload_bytes));
  const load::Outcome outcome = load::run(plan, payload ? &*payload : nullptr);
  std::cout << load::to_json(outcome.figures, outcome.cost, plan) << std::endl;
  return outcome.figures.errors() == 0 ? 0 : kExitFailed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Sends the requests of a plan, and prints what it counted as JSON.");
  Arguments arguments;
  app.add_option("plan", arguments.plan, "A file with the plan as JSON; - is the standard input")
      ->capture_default_str();
  app.add_option("--payload-bytes", arguments.payload_bytes,
                 "Make the plan's payload, of that size, unless it is there");
  app.footer("Exit codes: 0 no errors, 1 some, 2 the command line or the plan is wrong.");
  CLI11_PARSE(app, argc, argv);
  (void)std::signal(SIGPIPE, SIG_IGN);  // sendfile(2) has no flag against it.
  const auto outcome = run(arguments);
  if (outcome) return *outcome;
  std::cerr << "partwise-load: " << outcome.error().message << '\n';
  return kExitUsage;
}
