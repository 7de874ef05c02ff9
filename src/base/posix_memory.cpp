#include "base/posix_memory.hpp"

#include <sys/mman.h>

namespace partwise {

namespace {

constexpr std::align_val_t kCacheLine{64};
constexpr std::align_val_t kPage{4096};
constexpr std::align_val_t kHugePage{2 * 1024 * 1024};

Memory make_aligned(std::size_t bytes, std::align_val_t alignment) {
  return Memory(static_cast<std::byte*>(::operator new[](bytes, alignment)), {alignment});
}

}  // namespace

Memory make_memory(std::size_t bytes) { return make_aligned(bytes, kCacheLine); }

Memory make_page_memory(std::size_t bytes) { return make_aligned(bytes, kPage); }

Memory make_huge_page_memory(std::size_t bytes) {
  Memory memory = make_aligned(bytes, kHugePage);
  (void)::madvise(memory.get(), bytes, MADV_HUGEPAGE);  // Where it fails, pages are small.
  return memory;
}

}  // namespace partwise
