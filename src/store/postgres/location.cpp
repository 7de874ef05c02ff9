#include "store/postgres/location.hpp"

#include <fmt/format.h>

#include <string_view>

namespace partwise::postgres {

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
  const std::string place = port.empty() ? host : host + ":" + port;
  return Location{.url = url, .shown = fmt::format("postgres://{}/{}", place, database)};
}

}  // namespace partwise::postgres
