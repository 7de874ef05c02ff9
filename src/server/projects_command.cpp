#include "server/projects_command.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <vector>

#include "core/account_service.hpp"
#include "server/command_line.hpp"
#include "server/exit_codes.hpp"
#include "server/open_store.hpp"
#include "server/setting_values.hpp"
#include "server/settings.hpp"

namespace partwise {

namespace {

constexpr std::uint64_t kQuotaMax = INT64_MAX;  // What a column of SQLite holds.

struct ProjectsOptions {
  std::string data_dir = ServeConfig{}.data_dir;
  std::string metadata = ServeConfig{}.metadata;
  std::string name;
  std::string quota_bytes;
  std::string open_uploads;
};

// `text` of one option; empty where it was not given.
template <class Parse>
Result<> read_quota(std::string_view option, const std::string& text, Parse parse,
                    std::optional<std::uint64_t>& quota) {
  if (text.empty()) return {};
  quota.reset();
  if (text == "none") return {};
  auto value = parse(text, Range{.min = 0, .max = kQuotaMax});
  if (!value) {
    return fail(ErrorCode::invalid_request, fmt::format("{}: {}", option, value.error().message));
  }
  quota = *value;
  return {};
}

// What the options say, on top of `quotas`.
Result<Quotas> read_quotas(const ProjectsOptions& options, Quotas quotas) {
  CHECK(read_quota("--quota-bytes", options.quota_bytes, parse_size, quotas.bytes));
  CHECK(read_quota("--open-uploads", options.open_uploads, parse_count, quotas.open_uploads));
  return quotas;
}

std::string shown(const std::optional<std::uint64_t>& quota) {
  return quota ? fmt::format("{}", *quota) : "none";
}

void show(const Project& project, std::ostream& out) {
  out << fmt::format("{}: at most {} bytes and {} open uploads.\n", project.id.text,
                     shown(project.quotas.bytes), shown(project.quotas.open_uploads));
}

Result<> create(const ProjectsOptions& options, OpenStore& store, std::ostream& out) {
  TRY(const auto quotas, read_quotas(options, {}));
  TRY(const auto project,
      store.run(store.accounts().create_project(ProjectId{options.name}, quotas)));
  show(project, out);
  return {};
}

Result<> set(const ProjectsOptions& options, OpenStore& store, std::ostream& out) {
  const ProjectId id{options.name};
  TRY(const auto known, store.run(store.accounts().usage(id)));
  TRY(const auto quotas,
      read_quotas(options, known.empty() ? Quotas{} : known.front().project.quotas));
  TRY(const auto project, store.run(store.accounts().set_quotas(id, quotas)));
  show(project, out);
  return {};
}

Result<> list(OpenStore& store, std::ostream& out) {
  TRY(const auto usages, store.run(store.accounts().usage(std::nullopt)));
  constexpr const char* kRow = "{:<24}  {:>16}  {:>16}  {:>12}  {:>12}\n";
  out << fmt::format(kRow, "PROJECT", "STORED BYTES", "QUOTA BYTES", "OPEN UPLOADS", "QUOTA OPEN");
  for (const Usage& usage : usages) {
    const Project& project = usage.project;
    out << fmt::format(kRow, project.id.text, project.stored_bytes, shown(project.quotas.bytes),
                       usage.pending.count, shown(project.quotas.open_uploads));
  }
  return {};
}

// What is wrong with the command line, before anything is opened.
Result<> check(const ProjectsOptions& options, bool needs_name, bool needs_quota) {
  if (needs_name && !ProjectId::parse(options.name)) {
    return fail(ErrorCode::invalid_request,
                fmt::format("NAME: '{}' is not 1 to 64 characters of a-z, 0-9, '-' and '_'.",
                            options.name));
  }
  if (needs_quota && options.quota_bytes.empty() && options.open_uploads.empty()) {
    return fail(ErrorCode::invalid_request, "set needs --quota-bytes or --open-uploads.");
  }
  CHECK(read_quotas(options, {}));
  return {};
}

CLI::App* add_command(CLI::App& app, ProjectsOptions& options, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  add_data_dir_option(*command, options.data_dir);
  add_metadata_option(*command, options.metadata);
  return command;
}

void add_quotas(CLI::App& command, ProjectsOptions& options) {
  command.add_option("NAME", options.name, "The project.")->required();
  command
      .add_option("--quota-bytes", options.quota_bytes,
                  "Most bytes of parts of pending uploads and of files, as 10GiB; or none.")
      ->type_name("SIZE");
  command.add_option("--open-uploads", options.open_uploads, "Most pending uploads; or none.")
      ->type_name("COUNT");
}

}  // namespace

int run_projects(std::span<const std::string> arguments, std::ostream& out, std::ostream& errors) {
  ProjectsOptions options;
  CLI::App app("Makes and lists projects, and sets their quotas; a running server knows at once.",
               "partwise projects");
  app.require_subcommand(1);
  CLI::App* creating = add_command(app, options, "create", "Make a project.");
  add_quotas(*creating, options);
  CLI::App* listing = add_command(app, options, "list", "List all projects and what they hold.");
  CLI::App* setting = add_command(app, options, "set", "Change the quotas of a project.");
  add_quotas(*setting, options);

  if (const auto ended = parse_arguments(app, arguments, out, errors)) return *ended;
  auto done = check(options, !listing->parsed(), setting->parsed());
  OpenStore store;
  if (done) done = store.open(options.data_dir, options.metadata, creating->parsed());
  const bool understood = done.has_value();
  if (done && creating->parsed()) done = create(options, store, out);
  if (done && listing->parsed()) done = list(store, out);
  if (done && setting->parsed()) done = set(options, store, out);
  if (done) return kExitDone;
  errors << "partwise projects: " << done.error().message << '\n';
  return understood ? kExitNo : kExitUsage;
}

}  // namespace partwise
