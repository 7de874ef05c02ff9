#pragma once

// Downloads of this node that are under way, by file: their blobs stay until the last one ends.
// Not thread-safe: lives on the loop.

#include <cstddef>
#include <functional>
#include <map>
#include <utility>

#include "core/ids.hpp"

namespace partwise {

class LeaseTable {
 public:
  // Holds a file's content from construction to destruction. Movable.
  class Lease {
   public:
    Lease() = default;
    Lease(LeaseTable& table, FileId file);
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();

   private:
    void release();
    LeaseTable* table_ = nullptr;
    FileId file_;
  };

  // `on_released` is called when the last lease of a file ends. Must not block.
  explicit LeaseTable(std::function<void()> on_released = [] {})
      : on_released_(std::move(on_released)) {}
  LeaseTable(const LeaseTable&) = delete;
  LeaseTable& operator=(const LeaseTable&) = delete;

  [[nodiscard]] bool is_leased(const FileId& file) const { return counts_.contains(file); }

 private:
  std::function<void()> on_released_;
  std::map<FileId, std::size_t> counts_;
};

}  // namespace partwise
