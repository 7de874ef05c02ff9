#pragma once

// The checker's view of the embedded metadata, on a connection of its own that changes nothing;
// mend_counters opens a second one.

#include <functional>
#include <memory>
#include <string>

#include "core/catalog.hpp"

namespace partwise {

namespace sqlite {
class Database;
}

// Used by one thread at a time. Errors of every verb: io_failure, overloaded, internal; of
// mend_counters out_of_space too.
class SqliteCatalog final : public Catalog {
 public:
  // A log that a killed process left is read where it lies; it is not moved into the database file.
  // `vfs`: name of a registered sqlite3_vfs; empty: the system's.
  // Errors: io_failure (no such file, or no database); invalid_request (older or newer than this
  // program).
  [[nodiscard]] static Result<std::unique_ptr<SqliteCatalog>> open(const std::string& path,
                                                                   const std::string& vfs = {});
  ~SqliteCatalog() override;
  // From now on every verb asks `is_stopped` now and then, and fails as cut where it says true.
  void end_where(std::function<bool()> is_stopped);
  SqliteCatalog(const SqliteCatalog&) = delete;
  SqliteCatalog& operator=(const SqliteCatalog&) = delete;

  [[nodiscard]] Result<> visit_blobs(const std::function<void(const CatalogBlob&)>& visit) override;
  [[nodiscard]] Result<std::vector<CatalogCharge>> charges() override;
  [[nodiscard]] Result<std::vector<WrongCounter>> wrong_counters() override;
  [[nodiscard]] Result<> mend_counters() override;
  [[nodiscard]] Result<std::vector<std::string>> contradictions() override;

 private:
  SqliteCatalog(std::unique_ptr<sqlite::Database> database, std::string path, std::string vfs);

  // Constant after construction.
  const std::string path_;
  const std::string vfs_;
  std::function<bool()> is_stopped_;  // The database calls it.
  std::unique_ptr<sqlite::Database> database_;
};

}  // namespace partwise
