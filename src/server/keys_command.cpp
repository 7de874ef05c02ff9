#include "server/keys_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "core/account_service.hpp"
#include "core/authenticator.hpp"
#include "server/command_line.hpp"
#include "server/exit_codes.hpp"
#include "server/open_store.hpp"
#include "server/settings.hpp"
#include "server/terminal_text.hpp"

namespace partwise {

namespace {

constexpr std::uint64_t kTtlSecondsMax = std::uint64_t{100} * 365 * 24 * 3600;

struct KeysOptions {
  std::string data_dir = ServeConfig{}.data_dir;
  std::string metadata = ServeConfig{}.metadata;
  std::string project = "default";
  std::string name;
  std::string role = "user";
  std::uint64_t expires_in_s = 0;  // 0: never.
  std::string key_id;
};

Result<> create(const KeysOptions& options, OpenStore& store, std::ostream& out,
                std::ostream& errors) {
  SystemRandom random;
  std::optional<std::chrono::seconds> ttl;
  if (options.expires_in_s > 0) ttl.emplace(options.expires_in_s);
  TRY(const auto known, store.run(store.accounts().usage(ProjectId{options.project})));
  auto issued = issue_key(random, {options.project}, options.name,
                          parse_role(options.role).value_or(Role::user), ttl);
  CHECK(store.run(store.accounts().create_key(std::move(issued.key))));
  out << issued.text << '\n';
  if (known.empty()) {
    errors << fmt::format("partwise keys: made the project {}, which has no quotas yet.\n",
                          options.project);
  }
  return {};
}

Result<> list(OpenStore& store, std::ostream& out) {
  TRY(const auto keys, store.run(store.accounts().list_keys()));
  const auto date = [](Timestamp time) { return fmt::format("{:%Y-%m-%d %H:%M:%SZ}", time); };
  const auto date_or_dash = [&](const std::optional<Timestamp>& time) {
    return time ? date(*time) : "-";
  };
  constexpr const char* kRow = "{:<28}  {:<16}  {:<7}  {:<20}  {:<20}  {:<20}  {}\n";
  out << fmt::format(kRow, "ID", "PROJECT", "ROLE", "CREATED", "EXPIRES", "REVOKED", "NAME");
  for (const ApiKey& key : keys) {
    out << fmt::format(kRow, key.id.text, key.project.text, role_text(key.role),
                       date(key.created_at), date_or_dash(key.expires_at),
                       date_or_dash(key.revoked_at), terminal_text(key.name));
  }
  return {};
}

Result<> revoke(const KeysOptions& options, OpenStore& store, std::ostream& out) {
  const auto id = KeyId::parse(options.key_id);
  if (!id) {
    return fail(ErrorCode::not_found,
                fmt::format("'{}' is no id of a key, as `partwise keys list` shows them.",
                            terminal_text(without_api_keys(options.key_id))));
  }
  const auto revoked = store.run(store.accounts().revoke_key(*id));
  if (!revoked && revoked.error().code == ErrorCode::not_found) {
    return fail(ErrorCode::not_found, fmt::format("there is no key {}.", options.key_id));
  }
  CHECK(revoked);
  out << fmt::format("{} is revoked.\n", options.key_id);
  return {};
}

// What is wrong with the options of `create`; empty if nothing is.
std::string complaint_about(const KeysOptions& options) {
  if (!ProjectId::parse(options.project)) {
    return fmt::format("--project: '{}' is not 1 to 64 characters of a-z, 0-9, '-' and '_'.",
                       options.project);
  }
  if (!parse_role(options.role)) {
    return fmt::format("--role: '{}' is not one of user, service, admin.", options.role);
  }
  if (!check_key_name(options.name)) return "--name: a name is one line of at most 100 bytes.";
  return {};
}

CLI::App* add_command(CLI::App& app, KeysOptions& options, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  add_data_dir_option(*command, options.data_dir);
  add_metadata_option(*command, options.metadata);
  return command;
}

}  // namespace

int run_keys(std::span<const std::string> arguments, std::ostream& out, std::ostream& errors) {
  KeysOptions options;
  CLI::App app("Makes, lists and revokes API keys; a running server knows within a second.",
               "partwise keys");
  app.require_subcommand(1);
  CLI::App* creating =
      add_command(app, options, "create", "Print a new key, alone; it is shown this once.");
  creating
      ->add_option("--project", options.project,
                   "Project whose uploads and files it may use. Default: default.")
      ->type_name("PROJECT");
  creating->add_option("--name", options.name, "What you want to call it.")->type_name("NAME");
  creating
      ->add_option("--role", options.role,
                   "user; service: may also store results, as a batch runner does; admin: may also "
                   "see the usage and the keys of all projects. Default: user.")
      ->type_name("ROLE");
  creating->add_option("--expires-in", options.expires_in_s, "The key ends after this; else never.")
      ->type_name("SECONDS")
      ->check(CLI::Range(std::uint64_t{1}, kTtlSecondsMax));
  CLI::App* listing =
      add_command(app, options, "list", "List all keys, revoked and expired ones too.");
  CLI::App* revoking = add_command(app, options, "revoke", "Revoke one key for ever.");
  revoking->add_option("ID", options.key_id, "Its id, as `list` shows it.")->required();

  if (const auto ended = parse_arguments(app, arguments, out, errors)) return *ended;
  if (const auto complaint = complaint_about(options); !complaint.empty()) {
    errors << "partwise keys: " << complaint << '\n';
    return kExitUsage;
  }

  OpenStore store;
  const auto opened = store.open(options.data_dir, options.metadata, creating->parsed());
  auto done = opened;
  if (opened && creating->parsed()) done = create(options, store, out, errors);
  if (opened && listing->parsed()) done = list(store, out);
  if (opened && revoking->parsed()) done = revoke(options, store, out);
  if (done) return kExitDone;
  errors << "partwise keys: " << done.error().message << '\n';
  return opened ? kExitNo : kExitUsage;
}

}  // namespace partwise
