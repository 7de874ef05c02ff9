#include "server/setting_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <type_traits>
#include <utility>

namespace partwise {

namespace {

// Where a setting lives in the configuration: both its default and its new value go through here.
template <class T>
using Place = T& (*)(ServeConfig&);

// The texts of a row.
struct Words {
  std::string_view key;
  std::string_view group;
  std::string_view help;
};

constexpr std::string_view kNetwork = "Network";
constexpr std::string_view kStorage = "Storage";
constexpr std::string_view kUploads = "Uploads";
constexpr std::string_view kPatience = "Patience with clients";
constexpr std::string_view kProcess = "Process";

constexpr std::uint64_t kYearInSeconds = std::uint64_t{365} * 24 * 3600;
constexpr std::uint64_t kTiB = 1024 * kGiB;

template <class T>
T default_of(Place<T> place) {
  ServeConfig config;
  return place(config);
}

template <class T, class Parse>
Setting row(Words words, std::string_view value_name, std::string_view default_text, Place<T> place,
            Parse parse) {
  auto apply = [place, parse = std::move(parse)](ServeConfig& config,
                                                 std::string_view text) -> Result<> {
    TRY(auto value, parse(text));
    place(config) = std::move(value);
    return {};
  };
  return Setting{.key = std::string(words.key),
                 .group = words.group,
                 .value_name = std::string(value_name),
                 .help = std::string(words.help),
                 .default_text = std::string(default_text),
                 .apply = std::move(apply)};
}

Setting size(Words words, Place<std::uint64_t> place, Range range) {
  auto parse = [range](std::string_view text) { return parse_size(text, range); };
  return row(words, "SIZE", size_text(default_of(place)), place, std::move(parse));
}

// `Duration` is seconds, or something finer.
template <class Duration>
Setting seconds(Words words, Place<Duration> place, Range range) {
  auto parse = [range](std::string_view text) -> Result<Duration> {
    TRY(auto count, parse_count(text, range));
    return std::chrono::seconds(count);
  };
  const auto standard = std::chrono::floor<std::chrono::seconds>(default_of(place));
  return row(words, "SECONDS", fmt::format("{}", standard.count()), place, std::move(parse));
}

Setting count(Words words, Place<std::uint32_t> place, Range range) {
  auto parse = [range](std::string_view text) -> Result<std::uint32_t> {
    TRY(auto value, parse_count(text, range));
    return static_cast<std::uint32_t>(value);
  };
  return row(words, "COUNT", fmt::format("{}", default_of(place)), place, std::move(parse));
}

// A setting with a few named values.
template <class T>
struct Choice {
  std::string_view name;
  T value;
};

template <class T>
Setting choice(Words words, Place<T> place, std::vector<Choice<std::type_identity_t<T>>> choices) {
  std::string names;
  for (const auto& one : choices) names += (names.empty() ? "" : "|") + std::string(one.name);
  const auto chosen = std::ranges::find(choices, default_of(place), &Choice<T>::value);
  auto parse = [choices, names](std::string_view text) -> Result<T> {
    const auto found = std::ranges::find(choices, text, &Choice<T>::name);
    if (found != choices.end()) return found->value;
    return fail(ErrorCode::invalid_request, fmt::format("'{}' is not one of {}.", text, names));
  };
  return row(words, names, chosen->name, place, std::move(parse));
}

Result<std::string> parse_directory(std::string_view text) {
  while (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  if (!text.empty()) return std::string(text);
  return fail(ErrorCode::invalid_request, "a directory must be named.");
}

Result<std::string> parse_directory_or_none(std::string_view text) {
  if (text == "none") return std::string();
  return parse_directory(text);
}

// The URL is in no message, because it may have a password in it.
Result<std::string> parse_metadata(std::string_view text) {
  const bool is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
  if (text == "sqlite" || is_url) return std::string(text);
  return fail(ErrorCode::invalid_request,
              "it is neither 'sqlite' nor the URL of a database, as "
              "postgres://USER@HOST/DATABASE.");
}

Result<std::optional<Endpoint>> parse_endpoint_or_none(std::string_view text) {
  if (text == "none") return std::nullopt;
  return parse_endpoint(text);
}

// `none` takes back what a weaker source gave.
Result<std::string> parse_file(std::string_view text) {
  if (text == "none") return std::string();
  if (!text.empty()) return std::string(text);
  return fail(ErrorCode::invalid_request, "a file must be named.");
}

// The text of a key is in no message.
Result<std::string> parse_api_key(std::string_view text) {
  const bool visible =
      std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f; });
  if (visible && !text.empty()) return std::string(text);
  return fail(ErrorCode::invalid_request,
              "a key consists of visible ASCII characters, without blanks.");
}

void add_tls_and_cors(std::vector<Setting>& table) {
  Place<std::string> certificate = [](ServeConfig& c) -> auto& {
    return c.certificate.certificate;
  };
  table.push_back(row({"tls_certificate", kNetwork,
                       "Serve HTTPS with this certificate and its chain, in PEM. SIGHUP reads it "
                       "and the key again."},
                      "FILE", "none", certificate, parse_file));
  Place<std::string> key = [](ServeConfig& c) -> auto& { return c.certificate.key; };
  table.push_back(row({"tls_key", kNetwork, "The private key of the certificate, in PEM."}, "FILE",
                      "none", key, parse_file));
  Place<api::CorsPolicy> cors = [](ServeConfig& c) -> auto& { return c.cors; };
  table.push_back(row({"cors_origins", kNetwork,
                       "Origins whose pages may use the API from a browser, separated by commas, "
                       "or * for all."},
                      "LIST", "none", cors, api::parse_cors_origins));
}

void add_scrub(std::vector<Setting>& table) {
  table.push_back(size({"scrub_rate", kStorage,
                        "Bytes a second that are read in the background, to find what the disk has "
                        "damaged. 0: none."},
                       [](ServeConfig& c) -> auto& { return c.scrub_rate; }, {0, kScrubRateMax}));
  table.push_back(seconds<std::chrono::seconds>(
      {"scrub_interval", kStorage,
       "From the beginning of one such pass over everything to that of the next."},
      [](ServeConfig& c) -> auto& { return c.scrub_interval; }, {1, kYearInSeconds}));
}

void add_metadata(std::vector<Setting>& table) {
  Place<std::string> metadata = [](ServeConfig& c) -> auto& { return c.metadata; };
  table.push_back(row({"metadata", kStorage,
                       "Where the metadata are: sqlite, in the data directory, or the "
                       "postgres://... URL of a database, which several nodes may share. Give a "
                       "password by PARTWISE_METADATA or PGPASSWORD: a command line can be read."},
                      "sqlite|URL", default_of(metadata), metadata, parse_metadata));
  table.push_back(count({"metadata_connections", kStorage, "Connections to that database."},
                        [](ServeConfig& c) -> auto& { return c.metadata_connections; }, {1, 256}));
  Place<std::string> blobs = [](ServeConfig& c) -> auto& { return c.blobs; };
  table.push_back(row({"blobs", kStorage,
                       "Directory of the content, where several nodes share it: all see the same "
                       "one. none: the data directory."},
                      "DIR", "none", blobs, parse_directory_or_none));
}

void add_network_and_storage(std::vector<Setting>& table) {
  const Words listen{"listen", kNetwork,
                     "Address to listen on: IPv4, [IPv6] or localhost. Port 0 takes a free one."};
  Place<Endpoint> listen_place = [](ServeConfig& c) -> Endpoint& { return c.listen; };
  table.push_back(
      row(listen, "HOST:PORT", default_of(listen_place).text(), listen_place, parse_endpoint));
  table.push_back(count({"max_connections", kNetwork, "Connections at the same time."},
                        [](ServeConfig& c) -> auto& { return c.http.connections_max; },
                        {1, 1'000'000}));
  table.push_back(count(
      {"max_requests_per_key", kNetwork,
       "Requests of one API key at the same time; a cancel is let in beyond it. 0: no limit."},
      [](ServeConfig& c) -> auto& { return c.requests_per_key_max; }, {0, 1'000'000}));
  table.push_back(count({"requests_per_minute", kNetwork,
                         "Requests that each API key may make at once, and as many again in each "
                         "minute, a cancel too. 0: no limit."},
                        [](ServeConfig& c) -> auto& { return c.requests_per_minute; },
                        {0, 1'000'000'000}));
  add_tls_and_cors(table);

  const Words metrics{
      "metrics_listen", kNetwork,
      "Address that serves /metrics, /healthz and /readyz, and nothing else, without "
      "a key."};
  Place<std::optional<Endpoint>> metrics_place = [](ServeConfig& c) -> std::optional<Endpoint>& {
    return c.metrics_listen;
  };
  table.push_back(row(metrics, "HOST:PORT", "none", metrics_place, parse_endpoint_or_none));

  const Words api_key{"api_key", kNetwork,
                      "A fixed API key of project default, beside those of `partwise keys`."};
  Place<std::string> key_place = [](ServeConfig& c) -> std::string& { return c.api_key; };
  table.push_back(row(api_key, "KEY", "none", key_place, parse_api_key));
  table.back().has_flag = false;

  const Words data_dir{"data_dir", kStorage,
                       "Directory of all data; made where it is missing. One server at a time."};
  Place<std::string> dir_place = [](ServeConfig& c) -> std::string& { return c.data_dir; };
  table.push_back(row(data_dir, "DIR", default_of(dir_place), dir_place, parse_directory));
  add_metadata(table);
  table.push_back(choice<Durability>(
      {"durability", kStorage,
       "What an answer promises: strict survives power loss, relaxed a crash of the process."},
      [](ServeConfig& c) -> auto& { return c.durability; },
      {{"strict", Durability::strict}, {"relaxed", Durability::relaxed}}));
  table.push_back(
      size({"reserve", kStorage, "Free space that bodies never use, so that cancel always can."},
           [](ServeConfig& c) -> auto& { return c.reserve_bytes; }, {0, 1024 * kTiB}));
  table.push_back(size({"checkpoint_step", kStorage,
                        "Growth of the metadata's log after which it is moved into the database; "
                        "at sixteen times this, commits wait for it."},
                       [](ServeConfig& c) -> auto& { return c.checkpoint_step_bytes; },
                       {4 * kKiB, 64 * kMiB}));
  add_scrub(table);
}

void add_uploads(std::vector<Setting>& table) {
  table.push_back(seconds<std::chrono::seconds>(
      {"upload_ttl", kUploads, "Life of a pending upload, from its creation."},
      [](ServeConfig& c) -> auto& { return c.core.upload_ttl; }, {1, kYearInSeconds}));
  table.push_back(seconds<std::chrono::seconds>(
      {"ended_upload_ttl", kUploads,
       "How long completed, cancelled and expired uploads can still be read."},
      [](ServeConfig& c) -> auto& { return c.core.ended_upload_ttl; }, {1, kYearInSeconds}));
  table.push_back(size({"part_bytes_max", kUploads, "Largest part, inclusive."},
                       [](ServeConfig& c) -> auto& { return c.core.part_bytes_max; }, {1, kTiB}));
  table.push_back(size({"upload_bytes_max", kUploads, "Largest declared size of an upload."},
                       [](ServeConfig& c) -> auto& { return c.core.upload_bytes_max; },
                       {1, 1024 * kTiB}));
  table.push_back(count({"parts_per_upload_max", kUploads, "Accepted parts of one upload."},
                        [](ServeConfig& c) -> auto& { return c.core.parts_per_upload_max; },
                        {1, 10'000}));
  table.push_back(size({"stored_bytes_slack", kUploads,
                        "What the parts of an upload may hold beyond twice its declared size: "
                        "retried parts leave copies."},
                       [](ServeConfig& c) -> auto& { return c.core.stored_bytes_slack; },
                       {0, 1024 * kTiB}));
  table.push_back(size({"file_bytes_max", kUploads, "Largest file that is posted whole."},
                       [](ServeConfig& c) -> auto& { return c.core.file_bytes_max; }, {1, kTiB}));
  table.push_back(size({"batch_file_bytes_max", kUploads, "The same, for the purpose batch."},
                       [](ServeConfig& c) -> auto& { return c.core.batch_file_bytes_max; },
                       {1, kTiB}));
  table.push_back(choice<Validation>(
      {"validation", kUploads,
       "Whether content is looked into before it becomes a file: jsonl refuses batch and fine-tune "
       "files that are not JSON Lines."},
      [](ServeConfig& c) -> auto& { return c.validation; },
      {{"none", Validation::none}, {"jsonl", Validation::jsonl}}));
  table.push_back(choice<Md5Mode>(
      {"md5", kUploads,
       "MD5 of uploads, for completes that ask for it: on_complete reads the parts again; running "
       "digests each part as it comes, and needs them to come one after the other."},
      [](ServeConfig& c) -> auto& { return c.md5; },
      {{"on_complete", Md5Mode::on_complete}, {"running", Md5Mode::running}}));
  table.push_back(choice<DownloadPolicy>(
      {"download_policy", kUploads,
       "Files whose content may be read back: all, or as OpenAI not those of the purposes "
       "assistants and user_data."},
      [](ServeConfig& c) -> auto& { return c.download_policy; },
      {{"all", DownloadPolicy::all}, {"openai", DownloadPolicy::openai}}));
}

void add_patience_and_process(std::vector<Setting>& table) {
  table.push_back(seconds<std::chrono::milliseconds>(
      {"header_timeout", kPatience, "For the head of a request to arrive."},
      [](ServeConfig& c) -> auto& { return c.http.head_timeout; }, {1, 3600}));
  table.push_back(seconds<std::chrono::milliseconds>(
      {"idle_timeout", kPatience, "For the next request on a connection."},
      [](ServeConfig& c) -> auto& { return c.http.idle_timeout; }, {1, 3600}));
  table.push_back(size({"body_rate_min", kPatience,
                        "Bytes a second that a sender must reach; slower bodies are ended."},
                       [](ServeConfig& c) -> auto& { return c.http.body_rate_min_bytes_per_s; },
                       {1, kGiB}));
  table.push_back(size({"send_rate_min", kPatience,
                        "Bytes a second that a reader must take; slower downloads are ended."},
                       [](ServeConfig& c) -> auto& { return c.http.send_rate_min_bytes_per_s; },
                       {1, kGiB}));
  table.push_back(seconds<std::chrono::seconds>(
      {"drain_time", kPatience,
       "For requests under way to end after SIGTERM; a second one ends at once."},
      [](ServeConfig& c) -> auto& { return c.drain_time; }, {0, 3600}));

  table.push_back(count(
      {"threads", kProcess, "Threads for blocking work. 0: twice the processors, and at least 8."},
      [](ServeConfig& c) -> auto& { return c.threads; }, {0, 1024}));
  table.push_back(
      choice<LogLevel>({"log_level", kProcess, "The least severe lines that are written."},
                       [](ServeConfig& c) -> auto& { return c.log_level; },
                       {{"debug", LogLevel::debug},
                        {"info", LogLevel::info},
                        {"warning", LogLevel::warning},
                        {"error", LogLevel::error}}));
  table.push_back(choice<LogFormat>(
      {"log_format", kProcess, "Lines for people, or one JSON object for each line."},
      [](ServeConfig& c) -> auto& { return c.log_format; },
      {{"text", LogFormat::text}, {"json", LogFormat::json}}));
}

}  // namespace

std::string Setting::flag() const {
  std::string text = "--" + key;
  std::ranges::replace(text, '_', '-');
  return text;
}

std::string Setting::variable() const {
  std::string text = "PARTWISE_" + key;
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::vector<Setting> setting_table() {
  std::vector<Setting> table;
  add_network_and_storage(table);
  add_uploads(table);
  add_patience_and_process(table);
  return table;
}

}  // namespace partwise
