#pragma once

// Memory for bytes, aligned for what is done with it. Its content is undefined at first.

#include <cstddef>
#include <memory>
#include <new>

namespace partwise {

struct FreeMemory {
  std::align_val_t alignment{};
  void operator()(std::byte* memory) const { ::operator delete[](memory, alignment); }
};
using Memory = std::unique_ptr<std::byte[], FreeMemory>;

// Throws std::bad_alloc, as the next two.
[[nodiscard]] Memory make_memory(std::size_t bytes);

// At the beginning of a page: for what is read past the cache.
[[nodiscard]] Memory make_page_memory(std::size_t bytes);

// In huge pages of 2 MiB, where the system has them: copies of many bytes look up fewer addresses.
// `bytes` should be a multiple of that size.
[[nodiscard]] Memory make_huge_page_memory(std::size_t bytes);

}  // namespace partwise
