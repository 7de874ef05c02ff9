#pragma once

// What a verb sees of the database while it runs: one transaction, begun with its first statement.

#include <cstdint>
#include <vector>

#include "core/limits.hpp"
#include "core/usage_changes.hpp"
#include "store/postgres/connection.hpp"
#include "store/postgres/figures.hpp"

namespace partwise::postgres {

enum class Access : std::uint8_t {
  writes,    // READ COMMITTED.
  snapshot,  // Several statements that read, all as of one moment.
  one_read,  // A single statement that reads: it needs no transaction around it.
};

// How a commit ended.
enum class Commit : std::uint8_t { done, undone, unknown };

// On the stack of the thread that owns the connection.
class Transaction {
 public:
  Transaction(Connection& connection, Access access, const CoreLimits& core_limits)
      : limits(core_limits), connection_(connection), access_(access) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // One round trip.
  template <class... Values>
  [[nodiscard]] Result<Rows> query(const Statement& statement, const Values&... values) {
    later(statement, values...);
    TRY(auto all, exchange());
    return std::move(all.back());
  }
  // The same, and how many rows it wrote.
  template <class... Values>
  [[nodiscard]] Result<std::uint64_t> write(const Statement& statement, const Values&... values) {
    TRY(const auto rows, query(statement, values...));
    return rows.written();
  }
  // Travels with the next round trip, or with the commit; where it fails, that fails.
  template <class... Values>
  void later(const Statement& statement, const Values&... values) {
    begin();
    connection_.send(statement, Params(values...));
  }
  // One round trip for all that was put off: their rows, in order.
  [[nodiscard]] Result<std::vector<Rows>> exchange();

  // What was written so far is to stay, even if the verb is refused.
  void keep() { kept_ = true; }
  [[nodiscard]] bool is_kept() const { return kept_; }

  // Writes the changes of usage too. Nothing of an `undone` one stayed.
  [[nodiscard]] Commit commit();
  void roll_back();

  const CoreLimits& limits;
  UsageChanges usage;
  MetadataChanges changes;

 private:
  void begin();

  Connection& connection_;
  const Access access_;
  bool begun_ = false;
  bool begin_is_queued_ = false;
  bool kept_ = false;
};

}  // namespace partwise::postgres
