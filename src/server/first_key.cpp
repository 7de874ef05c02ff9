#include "server/first_key.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/authenticator.hpp"

namespace partwise {

namespace {
std::string key_path(const ServeConfig& config) { return config.data_dir + "/api-key"; }
}  // namespace

Task<Result<bool>> lacks_key(const ServeConfig& config, AccountStore& accounts,
                             const Clock& clock) {
  if (!config.api_key.empty()) co_return false;
  CO_TRY(const auto keys, co_await accounts.list_keys());
  const auto valid = [now = clock.now()](const ApiKey& key) { return is_valid(key, now); };
  if (std::ranges::any_of(keys, valid)) co_return false;
  if (!config.listen.is_loopback()) {
    co_return fail(
        ErrorCode::invalid_request,
        fmt::format("there is no API key, and {} can be reached from other machines. Make one "
                    "with `partwise keys create --data-dir {}`, or set PARTWISE_API_KEY.",
                    config.listen.text(), config.data_dir));
  }
  co_return true;
}

Task<Result<std::string>> make_first_key(const ServeConfig& config, AccountStore& accounts,
                                         FileSystem& files, Random& random) {
  auto issued = issue_key(random, {"default"}, "made by the first start", Role::user);
  // The file first: a key that is valid and that nobody knows would help nobody.
  CO_CHECK(files.write_small(key_path(config), issued.text + "\n"));
  CO_CHECK(co_await accounts.create_key(std::move(issued.key)));
  co_return issued.text;
}

std::string kept_key_text(const ServeConfig& config, FileSystem& files) {
  if (!config.api_key.empty() || !files.read_small(key_path(config))) return {};
  return fmt::format("The key that the first start made is kept in {}.\n", key_path(config));
}

std::string_view scheme_of(const ServeConfig& config) {
  return config.certificate.is_given() ? "https" : "http";
}

std::string first_key_text(const ServeConfig& config, std::string_view address,
                           std::string_view key) {
  return fmt::format(
      "\n"
      "This server had no API key yet, so it made one. It is shown this once, and kept in {}:\n"
      "\n"
      "  export OPENAI_BASE_URL={}://{}/v1\n"
      "  export OPENAI_API_KEY={}\n"
      "\n"
      "A first upload:\n"
      "\n"
      "  curl {}://{}/v1/uploads -H \"Authorization: Bearer {}\" \\\n"
      "    -d '{{\"bytes\": 5, \"filename\": \"a.txt\", \"purpose\": \"user_data\", "
      "\"mime_type\": \"text/plain\"}}'\n"
      "\n",
      key_path(config), scheme_of(config), address, key, scheme_of(config), address, key);
}

}  // namespace partwise
