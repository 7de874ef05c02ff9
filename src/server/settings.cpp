#include "server/settings.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "server/command_line.hpp"
#include "server/setting_table.hpp"
#include "server/toml_file.hpp"

namespace partwise {

namespace {

constexpr std::string_view kConfigVariable = "PARTWISE_CONFIG";
constexpr std::size_t kHelpColumn = 34;
constexpr std::size_t kHelpWidth = 66;

// The text of a setting and, for messages, where it was found.
struct Given {
  std::string text;
  std::string source;  // Empty for a flag, which names itself.
};

// By the key of the setting. What is inserted first stays: sources are read in order of precedence.
using GivenByKey = std::map<std::string, Given>;

std::string wrapped(std::string_view text) {
  std::string lines;
  while (text.size() > kHelpWidth) {
    const auto blank = text.rfind(' ', kHelpWidth);
    if (blank == std::string_view::npos) break;
    lines += std::string(text.substr(0, blank)) + '\n';
    text.remove_prefix(blank + 1);
  }
  return lines + std::string(text);
}

// A command line with a flag for each setting. `texts` receives what was given, by key, and
// `config_file`.
void add_flags(CLI::App& app, const std::vector<Setting>& table,
               std::map<std::string, std::string>& texts, std::string& config_file) {
  app.get_formatter()->column_width(kHelpColumn);
  for (const Setting& setting : table) {
    if (!setting.has_flag) continue;
    app.add_option_function<std::string>(
           setting.flag(),
           [&texts, key = setting.key](const std::string& text) { texts[key] = text; },
           wrapped(fmt::format("{} Default: {}.", setting.help, setting.default_text)))
        ->type_name(setting.value_name)
        ->group(std::string(setting.group));
  }
  app.add_option("--config", config_file, "Read settings from this TOML file.")
      ->type_name("FILE.toml")
      ->group("Process");
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

Result<> read_flags(std::span<const std::string> arguments, const std::vector<Setting>& table,
                    GivenByKey& given, std::string& config_file) {
  CLI::App app;
  std::map<std::string, std::string> texts;
  add_flags(app, table, texts, config_file);
  try {
    app.parse(
        std::vector<std::string>(arguments.rbegin(), arguments.rend()));  // Its order: last first.
  } catch (const CLI::Error& error) {
    return fail(ErrorCode::invalid_request,
                fmt::format("{}. Try: partwise serve --help", complaint_about(app, error)));
  }
  for (auto& [key, text] : texts) given.emplace(key, Given{std::move(text), {}});
  return {};
}

void read_environment(const EnvironmentLookup& environment, const std::vector<Setting>& table,
                      GivenByKey& given) {
  for (const Setting& setting : table) {
    auto text = environment(setting.variable());
    if (text && !text->empty()) given.emplace(setting.key, Given{*text, setting.variable()});
  }
}

Result<> read_file(FileSystem& files, const std::string& path, const std::vector<Setting>& table,
                   GivenByKey& given) {
  TRY(auto entries, read_toml_file(files, path));
  for (auto& entry : entries) {
    if (std::ranges::find(table, entry.key, &Setting::key) == table.end()) {
      auto distance = [&entry](const Setting& setting) {
        return edit_distance(setting.key, entry.key);
      };
      const auto nearest = std::ranges::min_element(table, {}, distance);
      return fail(ErrorCode::invalid_request,
                  fmt::format("{}, line {}: there is no setting '{}'; did you mean '{}'?", path,
                              entry.line, entry.key, nearest->key));
    }
    given.emplace(entry.key,
                  Given{std::move(entry.text), fmt::format("{}, line {}", path, entry.line)});
  }
  return {};
}

// What each setting alone cannot say.
Result<> check_together(const ServeConfig& config) {
  if (config.certificate.certificate.empty() != config.certificate.key.empty()) {
    return fail(ErrorCode::invalid_request,
                "--tls-certificate and --tls-key belong together: give both, or neither.",
                "tls_certificate");
  }
  const bool is_directory = !config.blobs.empty() && !object_store_in(config.blobs);
  if (is_directory && !is_shared(config)) {
    return fail(
        ErrorCode::invalid_request,
        "--blobs is for several nodes unless it is s3://..., and metadata in SQLite belong to one: "
        "give --metadata postgres://... too, or leave it out.",
        "blobs");
  }
  if (is_shared(config) && config.durability == Durability::relaxed) {
    return fail(ErrorCode::invalid_request,
                "--durability relaxed does not go with --metadata postgres://...: no node can tell "
                "what another lost.",
                "durability");
  }
  return {};
}

}  // namespace

Result<ServeConfig> read_serve_config(std::span<const std::string> arguments,
                                      const EnvironmentLookup& environment, FileSystem& files) {
  const auto table = setting_table();
  GivenByKey given;
  std::string config_file;
  CHECK(read_flags(arguments, table, given, config_file));
  read_environment(environment, table, given);
  if (config_file.empty()) config_file = environment(kConfigVariable).value_or("");
  if (!config_file.empty()) CHECK(read_file(files, config_file, table, given));

  ServeConfig config;
  for (const Setting& setting : table) {
    const auto found = given.find(setting.key);
    if (found == given.end()) continue;
    const auto& [text, source] = found->second;
    if (auto applied = setting.apply(config, text); !applied) {
      const auto name = setting.has_flag ? setting.flag() : setting.key;
      const auto from = source.empty() ? "" : fmt::format(" (from {})", source);
      return fail(ErrorCode::invalid_request,
                  fmt::format("{}{}: {}", name, from, applied.error().message), setting.key);
    }
  }
  CHECK(check_together(config));
  return config;
}

std::string serve_help() {
  CLI::App app("Serves the Uploads and Files API from one data directory.", "partwise serve");
  std::map<std::string, std::string> texts;
  std::string config_file;
  add_flags(app, setting_table(), texts, config_file);
  app.footer(
      "Each option is also an environment variable and a key of the TOML file: --upload-ttl is\n"
      "PARTWISE_UPLOAD_TTL and upload_ttl. A flag wins over the environment, the environment over "
      "the\n"
      "file. A SIZE is a number of bytes, or has a unit: 64MiB, 500MB.\n"
      "PARTWISE_API_KEY, or api_key in the file, is a fixed API key of project default. It is no "
      "flag,\n"
      "because every user of the computer can read a command line.");
  return app.help();
}

std::optional<std::string> process_environment(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): read at start, before there is a second thread.
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace partwise
