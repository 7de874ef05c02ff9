#pragma once

// The checker's view of a database: reads rows as they are, all as of one moment, whatever nodes do
// beside it.

#include <memory>
#include <string>

#include "core/catalog.hpp"

namespace partwise {

namespace postgres {
class Connection;
struct LibPq;
struct Location;
}  // namespace postgres

class PostgresCatalog final : public Catalog {
 public:
  // Errors: not_found (there is no Partwise in it); invalid_request (of another version, or not a
  // URL); overloaded (it cannot be reached; with `alone`: a server runs on it, and else none can
  // start before this object is gone).
  [[nodiscard]] static Result<std::unique_ptr<PostgresCatalog>> open(const std::string& url,
                                                                     bool alone = false);
  ~PostgresCatalog() override;
  PostgresCatalog(const PostgresCatalog&) = delete;
  PostgresCatalog& operator=(const PostgresCatalog&) = delete;

  [[nodiscard]] Result<> visit_blobs(const std::function<void(const CatalogBlob&)>& visit) override;
  [[nodiscard]] Result<std::vector<CatalogCharge>> charges() override;
  [[nodiscard]] Result<std::vector<WrongCounter>> wrong_counters() override;
  [[nodiscard]] Result<> mend_counters() override;
  [[nodiscard]] Result<std::vector<std::string>> contradictions() override;

  // Which store it is, and which place its blobs are in.
  [[nodiscard]] const std::string& store_id() const { return store_id_; }
  [[nodiscard]] const std::optional<std::string>& blobs_id() const { return blobs_id_; }
  // `postgres://host:port/database`.
  [[nodiscard]] const std::string& shown() const;

 private:
  struct Foundation;
  PostgresCatalog(std::unique_ptr<Foundation> foundation,
                  std::unique_ptr<postgres::Connection> connection, std::string store_id,
                  std::optional<std::string> blobs_id);

  // Constant after construction.
  const std::unique_ptr<Foundation> foundation_;
  const std::unique_ptr<postgres::Connection> connection_;
  const std::string store_id_;
  const std::optional<std::string> blobs_id_;
};

}  // namespace partwise
