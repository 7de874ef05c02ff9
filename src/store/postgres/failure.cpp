#include "store/postgres/failure.hpp"

#include <fmt/format.h>

namespace partwise::postgres {

// Source: appendix A of PostgreSQL's manual.
Failure failure_of(std::string_view sqlstate) {
  if (sqlstate.empty() || sqlstate.starts_with("08")) return Failure::lost;
  if (sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "25P03" || sqlstate == "57P05") {
    return Failure::lost;  // Its server process ends.
  }
  if (sqlstate == "57P03" || sqlstate == "53300") return Failure::busy;
  if (sqlstate == "40001" || sqlstate == "40P01") return Failure::conflict;
  if (sqlstate == "55P03" || sqlstate == "57014") return Failure::timed_out;
  if (sqlstate == "53100") return Failure::full;
  if (sqlstate == "25006") return Failure::read_only;
  if (sqlstate == "23505") return Failure::unique;
  return Failure::other;
}

bool may_try_again(Failure failure) {
  return failure == Failure::conflict || is_end_of_connection(failure);
}

bool is_end_of_connection(Failure failure) {
  return failure == Failure::lost || failure == Failure::busy || failure == Failure::read_only;
}

Error error_of(Failure failure, std::string_view detail) {
  switch (failure) {
    case Failure::lost:
    case Failure::busy:
    case Failure::read_only:
      return {ErrorCode::overloaded, "The database cannot be reached. Try again."};
    case Failure::conflict:
    case Failure::timed_out:
      return {ErrorCode::overloaded, "The database is busy. Try again."};
    case Failure::full:
      return {ErrorCode::out_of_space, "The database has no room."};
    case Failure::none:
    case Failure::unique:
    case Failure::other:
      break;
  }
  return {ErrorCode::internal, fmt::format("The database refused a statement: {}", detail)};
}

}  // namespace partwise::postgres
