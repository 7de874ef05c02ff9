#pragma once

// A broken property ends a fuzzer, as a sanitizer's finding does.

#include <cstdlib>

namespace partwise::test {

inline void require(bool property) {
  if (!property) std::abort();
}

}  // namespace partwise::test
