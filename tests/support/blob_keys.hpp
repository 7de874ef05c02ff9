#pragma once

// Keys that a test can tell apart.

#include <cstddef>

#include "core/blob.hpp"

namespace partwise::test {

// `group`: the directory of its file.
inline BlobKey key_of(int group, int number = 1) {
  BlobKey key;
  key.bytes[0] = static_cast<std::byte>(group);
  key.bytes[15] = static_cast<std::byte>(number);
  return key;
}

}  // namespace partwise::test
