#pragma once

// What it means that the database refused something, by its SQLSTATE.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace partwise::postgres {

enum class Failure : std::uint8_t {
  none,
  lost,       // The connection is gone, or must go: nobody answers.
  conflict,   // Another transaction won; this one was undone, and may be tried again.
  timed_out,  // It waited too long; undone.
  full,       // The database has no room; undone.
  busy,       // The database takes nobody now.
  read_only,  // It is a standby now: the primary is elsewhere.
  unique,     // A row with this id is there already.
  other,
};

[[nodiscard]] Failure failure_of(std::string_view sqlstate);

// Whether a transaction that met it before its commit was asked for may be tried again: nothing of
// it can have stayed.
[[nodiscard]] bool may_try_again(Failure failure);
// Whether the connection is of no more use.
[[nodiscard]] bool is_end_of_connection(Failure failure);

// As UploadStore words it, for a transaction of which nothing stayed. `detail` is the database's
// own message.
[[nodiscard]] Error error_of(Failure failure, std::string_view detail);

}  // namespace partwise::postgres
