#include "core/lease_table.hpp"

namespace partwise {

LeaseTable::Lease::Lease(LeaseTable& table, FileId file) : table_(&table), file_(std::move(file)) {
  ++table_->counts_[file_];
}

LeaseTable::Lease::Lease(Lease&& other) noexcept
    : table_(std::exchange(other.table_, nullptr)), file_(std::move(other.file_)) {}

LeaseTable::Lease& LeaseTable::Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    release();
    table_ = std::exchange(other.table_, nullptr);
    file_ = std::move(other.file_);
  }
  return *this;
}

LeaseTable::Lease::~Lease() { release(); }

void LeaseTable::Lease::release() {
  LeaseTable* table = std::exchange(table_, nullptr);
  if (table == nullptr) return;
  const auto found = table->counts_.find(file_);
  if (--found->second > 0) return;
  table->counts_.erase(found);
  table->on_released_();
}

}  // namespace partwise
