#pragma once

// A named SQL statement: prepared at its first use, kept for the life of its connection.

#include <sqlite3.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "store/sqlite/database.hpp"

namespace partwise::sqlite {

class Statement;

// The rows of one execution. Its statement is reset when it is destroyed, so that no COMMIT meets
// an open statement. Text and bytes are valid until the next call of `next`.
class Rows {
 public:
  explicit Rows(Statement& statement) : statement_(&statement) {}
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;
  ~Rows();

  // False after the last row.
  [[nodiscard]] Result<bool> next();

  // Columns are counted from 0.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t size(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] Timestamp time(int column) const { return from_unix_seconds(integer(column)); }
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] Bytes bytes(int column) const;
  // A blob of N bytes, as the schema's CHECKs make sure; null if NULL.
  template <std::size_t N>
  [[nodiscard]] std::optional<std::array<std::byte, N>> fixed_bytes(int column) const {
    const Bytes stored = bytes(column);
    if (stored.size() != N) return std::nullopt;
    std::array<std::byte, N> copy{};
    std::copy(stored.begin(), stored.end(), copy.begin());
    return copy;
  }

 private:
  Statement* statement_;
};

// Used on its connection's thread only. Errors as in Database.
class Statement {
 public:
  // `database` outlives the statement.
  Statement(Database& database, std::string sql) : database_(&database), sql_(std::move(sql)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { (void)sqlite3_finalize(handle_); }  // Repeats an error that was reported already.

  // Binds `values` to ?1, ?2, ... and runs to the end.
  template <class... Values>
  [[nodiscard]] Result<> run(const Values&... values) {
    CHECK(prepare());
    int index = 0;
    (bind(++index, values, SQLITE_STATIC), ...);
    return run_to_end();
  }

  // The same, for a statement that gives rows; the values need not outlive the call.
  template <class... Values>
  [[nodiscard]] Rows select(const Values&... values) {
    if (auto prepared = prepare(); !prepared) {
      failure_ = std::move(prepared).error();
    } else {
      int index = 0;
      (bind(++index, values, SQLITE_TRANSIENT), ...);
    }
    return Rows(*this);
  }

 private:
  friend class Rows;

  [[nodiscard]] Result<> prepare();
  [[nodiscard]] Result<> run_to_end();
  [[nodiscard]] Result<bool> step();
  void reset();
  void note(int code);

  void bind(int index, std::integral auto value, sqlite3_destructor_type) {
    note(sqlite3_bind_int64(handle_, index, static_cast<std::int64_t>(value)));
  }
  void bind(int index, Timestamp value, sqlite3_destructor_type) {
    note(sqlite3_bind_int64(handle_, index, unix_seconds(value)));
  }
  void bind(int index, std::string_view value, sqlite3_destructor_type life) {
    const char* data =
        value.data() != nullptr ? value.data() : "";  // A null pointer would bind NULL.
    note(sqlite3_bind_text64(handle_, index, data, value.size(), life, SQLITE_UTF8));
  }
  void bind(int index, const std::string& value, sqlite3_destructor_type life) {
    bind(index, std::string_view(value), life);
  }
  void bind(int index, Bytes value, sqlite3_destructor_type life) {
    const void* data = value.data() != nullptr ? static_cast<const void*>(value.data()) : "";
    note(sqlite3_bind_blob64(handle_, index, data, value.size(), life));
  }
  template <std::size_t N>
  void bind(int index, const std::array<std::byte, N>& value, sqlite3_destructor_type life) {
    bind(index, Bytes(value), life);
  }
  template <class T>
  void bind(int index, const std::optional<T>& value, sqlite3_destructor_type life) {
    if (value) {
      bind(index, *value, life);
    } else {
      note(sqlite3_bind_null(handle_, index));
    }
  }

  // Constant after construction.
  Database* database_;
  std::string sql_;
  // Of the execution under way.
  sqlite3_stmt* handle_ = nullptr;
  std::optional<Error> failure_;
};

}  // namespace partwise::sqlite
