#include "store/postgres/location.hpp"

#include <fmt/format.h>

#include <string_view>

namespace partwise::postgres {

namespace {

// A password with `/` or `@` in it ends where nobody meant it to, and its rest would be shown as
// something else.
bool may_hold_password(std::string_view host, std::string_view port, std::string_view database) {
  const auto has_at = [](std::string_view text) { return text.contains('@'); };
  const bool is_number = port.find_first_not_of("0123456789,") == std::string_view::npos;
  return has_at(host) || has_at(port) || has_at(database) || !is_number;
}

}  // namespace

Result<Location> Location::parse(const LibPq& pq, const std::string& url) {
  char* complaint = nullptr;
  PQconninfoOption* options = pq.conninfoParse(url.c_str(), &complaint);
  if (options == nullptr) {
    // What libpq says may quote the URL, and with it a password.
    if (complaint != nullptr) pq.freemem(complaint);
    return fail(ErrorCode::invalid_request,
                "The URL of the database is not of the form "
                "postgres://USER:PASSWORD@HOST:PORT/DATABASE?OPTION=VALUE.");
  }
  std::string host;
  std::string port;
  std::string database;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  pq.conninfoFree(options);
  if (may_hold_password(host, port, database)) {
    return fail(ErrorCode::invalid_request,
                "The URL of the database has a host, port or name that cannot be one: write the "
                "characters / @ : of a password as %2F %40 %3A.");
  }
  const std::string place = port.empty() ? host : host + ":" + port;
  return Location{.url = url, .shown = fmt::format("postgres://{}/{}", place, database)};
}

}  // namespace partwise::postgres
