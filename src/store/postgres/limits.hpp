#pragma once

// The limits of the adapter.

#include <chrono>
#include <cstddef>

namespace partwise {

struct PostgresLimits {
  // Connections for verbs. Each costs the database a process, and most of what a verb waits for is
  // the sync of its commit, which the database shares between them.
  std::size_t connections = 8;
  // Connections for lists and sums beside them, so that a page of 10 000 rows holds up no commit.
  std::size_t list_connections = 2;
  // Verbs that wait for a connection: what full ones serve in a fraction of `queue_wait_max`.
  std::size_t queue_length_max = 4096;
  // A verb that could not be begun for so long is refused: a restart of the database takes less,
  // and SDKs wait longer.
  std::chrono::milliseconds queue_wait_max{10'000};
  // One attempt to connect.
  std::chrono::milliseconds connect_timeout{5'000};
  // Between two attempts.
  std::chrono::milliseconds connect_pause{100};
  // The database gives a statement up after this, and a wait for a row that another transaction
  // holds after that. The longest statement of ours reads 10 000 rows.
  std::chrono::milliseconds statement_timeout{10'000};
  std::chrono::milliseconds lock_timeout{5'000};
  // The database ends a transaction whose node says nothing for so long, and so frees its rows.
  std::chrono::milliseconds idle_in_transaction_timeout{15'000};
  // An answer that takes longer does not come any more: the connection is given up.
  std::chrono::milliseconds answer_timeout{15'000};
  // Times that a transaction is tried which lost against another, or lost its connection before its
  // commit was asked for.
  int attempts_max = 8;
  // How often changes of usage are summed up.
  std::chrono::milliseconds fold_interval{1'000};
  // Of them in one transaction.
  unsigned fold_rows_max = 5'000;
};

}  // namespace partwise
