#include "server/keys_command.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "base/file_system.hpp"
#include "base/random.hpp"
#include "core/authenticator.hpp"
#include "server/data_directory.hpp"
#include "server/exit_codes.hpp"
#include "server/run_to_end.hpp"
#include "server/settings.hpp"
#include "store/sqlite/sqlite_store.hpp"

namespace partwise {

namespace {

constexpr std::size_t kNameBytesMax = 100;

struct KeysOptions {
  std::string data_dir = ServeConfig{}.data_dir;
  std::string project = "default";
  std::string name;
  std::string key_id;
};

// The store of a data directory, opened beside a server that may be running.
class OpenStore {
 public:
  // Only a new key may make a directory: a typing error must not.
  [[nodiscard]] Result<> open(const KeysOptions& options, bool may_make) {
    const std::string metadata_path = DataDirectory::metadata_path_in(options.data_dir);
    if (!may_make && !files_->open_read(metadata_path)) {
      return fail(ErrorCode::not_found,
                  fmt::format("{} is no data directory of Partwise.", options.data_dir));
    }
    CHECK(DataDirectory::prepare(*files_, options.data_dir));
    SqliteOptions metadata;
    metadata.path = metadata_path;
    metadata.limits.reserve_bytes = 0;  // The reserve is the server's.
    TRY(store_, SqliteStore::open(std::move(metadata), clock_, log_));
    return {};
  }

  template <class T>
  [[nodiscard]] T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }

  [[nodiscard]] AccountStore& accounts() { return *store_; }

 private:
  NullLog log_;
  SystemClock clock_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
  boost::asio::io_context loop_{1};
  std::unique_ptr<SqliteStore> store_;
};

Result<> create(const KeysOptions& options, OpenStore& store, std::ostream& out) {
  SystemRandom random;
  const std::string text = generate_api_key(random);
  ApiKey key{.id = KeyId::generate(random),
             .project = {options.project},
             .name = options.name,
             .digest = sha256(as_bytes(text)),
             .created_at = {},
             .revoked_at = {}};
  CHECK(store.run(store.accounts().create_key(std::move(key))));
  out << text << '\n';
  return {};
}

Result<> list(OpenStore& store, std::ostream& out) {
  TRY(const auto keys, store.run(store.accounts().list_keys()));
  const auto date = [](Timestamp time) { return fmt::format("{:%Y-%m-%d %H:%M:%SZ}", time); };
  constexpr const char* kRow = "{:<28}  {:<16}  {:<20}  {:<20}  {}\n";
  out << fmt::format(kRow, "ID", "PROJECT", "CREATED", "REVOKED", "NAME");
  for (const ApiKey& key : keys) {
    out << fmt::format(kRow, key.id.text, key.project.text, date(key.created_at),
                       key.revoked_at ? date(*key.revoked_at) : "-", key.name);
  }
  return {};
}

Result<> revoke(const KeysOptions& options, OpenStore& store, std::ostream& out) {
  const auto id = KeyId::parse(options.key_id);
  if (!id) {
    return fail(
        ErrorCode::not_found,
        fmt::format("'{}' is no id of a key, as `partwise keys list` shows them.", options.key_id));
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
  const bool printable =
      std::ranges::none_of(options.name, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (!printable || options.name.size() > kNameBytesMax) {
    return fmt::format("--name: a name is one line of at most {} bytes.", kNameBytesMax);
  }
  return {};
}

CLI::App* add_command(CLI::App& app, KeysOptions& options, const char* name, const char* help) {
  CLI::App* command = app.add_subcommand(name, help);
  command
      ->add_option("--data-dir", options.data_dir,
                   "Directory of the server's data. Default: " + options.data_dir + ".")
      ->type_name("DIR")
      ->envname("PARTWISE_DATA_DIR");
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
  CLI::App* listing = add_command(app, options, "list", "List all keys, revoked ones too.");
  CLI::App* revoking = add_command(app, options, "revoke", "Revoke one key for ever.");
  revoking->add_option("ID", options.key_id, "Its id, as `list` shows it.")->required();

  try {
    app.parse(
        std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // Its order: last first.
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return kExitDone;
  } catch (const CLI::Error& error) {
    errors << fmt::format("partwise keys: {}. Try: partwise keys --help\n", error.what());
    return kExitUsage;
  }
  if (const auto complaint = complaint_about(options); !complaint.empty()) {
    errors << "partwise keys: " << complaint << '\n';
    return kExitUsage;
  }

  OpenStore store;
  const auto opened = store.open(options, creating->parsed());
  auto done = opened;
  if (opened && creating->parsed()) done = create(options, store, out);
  if (opened && listing->parsed()) done = list(store, out);
  if (opened && revoking->parsed()) done = revoke(options, store, out);
  if (done) return kExitDone;
  errors << "partwise keys: " << done.error().message << '\n';
  return opened ? kExitNo : kExitUsage;
}

}  // namespace partwise
