#pragma once

// A statement with a name, its parameters and its rows. Everything but lists of numbers travels in
// PostgreSQL's binary format, so that no byte is quoted.

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/clock.hpp"
#include "store/postgres/libpq.hpp"

namespace partwise::postgres {

// Prepared once in each connection that uses it. A name is used for one text only.
struct Statement {
  std::string name;
  std::string sql;
};

// Values for $1 and on: integers and times are bigint, an optional may be NULL.
class Params {
 public:
  template <class... Values>
  explicit Params(const Values&... values) {
    (add(values), ...);
  }

  [[nodiscard]] int count() const { return static_cast<int>(types_.size()); }
  [[nodiscard]] const Oid* types() const { return types_.data(); }
  // These three as PQsendQueryPrepared takes them; valid while this object is.
  [[nodiscard]] std::vector<const char*> values() const;
  [[nodiscard]] std::vector<int> lengths() const;
  [[nodiscard]] std::vector<int> formats() const;

 private:
  static constexpr Oid kBool = 16;
  static constexpr Oid kBytea = 17;
  static constexpr Oid kBigint = 20;
  static constexpr Oid kText = 25;
  static constexpr Oid kBigintArray = 1016;

  void put(Oid type, std::optional<std::string> value) {
    types_.push_back(type);
    values_.push_back(std::move(value));
  }
  static std::string big_endian(std::uint64_t value);

  void add(bool value) { put(kBool, std::string(1, value ? '\1' : '\0')); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  void add(T value) {
    put(kBigint, big_endian(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))));
  }
  void add(Timestamp value) { add(unix_seconds(value)); }
  void add(std::string_view value) { put(kText, std::string(value)); }
  void add(const std::string& value) { put(kText, value); }
  void add(const char* value) { put(kText, std::string(value)); }
  void add(Bytes value) { put(kBytea, std::string(as_text(value))); }
  template <std::size_t N>
  void add(const std::array<std::byte, N>& value) {
    add(Bytes(value));
  }
  void add(const std::vector<std::uint64_t>& values);
  template <class T>
  void add(const std::optional<T>& value) {
    add(value.value_or(T{}));
    if (!value) values_.back().reset();
  }

  std::vector<Oid> types_;
  std::vector<std::optional<std::string>> values_;
};

// The result of one statement. Movable; begins before its first row.
class Rows {
 public:
  Rows() = default;
  Rows(const LibPq& pq, PGresult* result) : result_(result, pq.clear), pq_(&pq) {}

  // To the next row; false where there is none.
  [[nodiscard]] bool next() { return ++row_ < length(); }
  [[nodiscard]] int length() const { return result_ ? pq_->ntuples(result_.get()) : 0; }
  // Rows that the statement wrote.
  [[nodiscard]] std::uint64_t written() const;

  // Of the current row, by column.
  [[nodiscard]] bool is_null(int column) const {
    return pq_->getisnull(result_.get(), row_, column) != 0;
  }
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t size(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] bool boolean(int column) const { return text(column) == std::string_view("\1"); }
  [[nodiscard]] Timestamp time(int column) const { return from_unix_seconds(integer(column)); }
  // Valid while this object is.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] Bytes bytes(int column) const { return as_bytes(text(column)); }
  // Nothing where it is NULL, or of another length.
  template <std::size_t N>
  [[nodiscard]] std::optional<std::array<std::byte, N>> fixed_bytes(int column) const {
    const Bytes all = bytes(column);
    if (is_null(column) || all.size() != N) return std::nullopt;
    std::array<std::byte, N> value{};
    std::copy(all.begin(), all.end(), value.begin());
    return value;
  }

 private:
  std::unique_ptr<PGresult, decltype(&::PQclear)> result_{nullptr, nullptr};
  const LibPq* pq_ = nullptr;
  int row_ = -1;
};

}  // namespace partwise::postgres
