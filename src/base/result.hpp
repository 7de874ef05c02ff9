#pragma once

// Expected failures are values: a function that can fail returns Result<T>, and its caller passes
// the error on with TRY, or with CO_TRY inside a coroutine. See docs/adr/0001-result-type.md.

#include <expected>
#include <utility>

#include "base/error.hpp"

namespace partwise {

template <class T = void>
using Result = std::expected<T, Error>;

// A failed Result of any type: `return fail(ErrorCode::not_found, "No such thing.", "id");`
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message,
                                                 std::string param = {}) {
  return std::unexpected(Error{code, std::move(message), std::move(param)});
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

}  // namespace partwise

#define PARTWISE_JOIN_(a, b) a##b
#define PARTWISE_JOIN(a, b) PARTWISE_JOIN_(a, b)

#define PARTWISE_TRY_(result, declaration, expression, leave) \
  auto result = (expression);                                 \
  if (!result.has_value()) {                                  \
    leave std::unexpected(std::move(result).error());         \
  }                                                           \
  declaration = std::move(result).value()

#define PARTWISE_CHECK_(result, expression, leave)       \
  if (auto result = (expression); !result.has_value()) { \
    leave std::unexpected(std::move(result).error());    \
  }                                                      \
  static_assert(true, "a semicolon follows")

// TRY(auto size, file.size());  declares `size`, or returns the error from the enclosing function.
#define TRY(declaration, expression) \
  PARTWISE_TRY_(PARTWISE_JOIN(try_result_, __LINE__), declaration, expression, return)
// CHECK(file.sync());  the same for Result<void>, or where the value is not wanted.
#define CHECK(expression) \
  PARTWISE_CHECK_(PARTWISE_JOIN(check_result_, __LINE__), expression, return)

// The same inside a coroutine: CO_TRY(auto upload, co_await uploads.find(id));
#define CO_TRY(declaration, expression) \
  PARTWISE_TRY_(PARTWISE_JOIN(try_result_, __LINE__), declaration, expression, co_return)
#define CO_CHECK(expression) \
  PARTWISE_CHECK_(PARTWISE_JOIN(check_result_, __LINE__), expression, co_return)
