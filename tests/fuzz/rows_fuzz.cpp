// The packed values of rows: whatever bytes lie there are read without a byte beyond them, and
// written again the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/manifest_codec.hpp"
#include "fuzz/require.hpp"

using partwise::Bytes;
using partwise::test::require;

namespace {

// A copy of its own size, so that the sanitizer sees a read behind it.
template <class Unpack, class Pack>
void check_round_trip(Bytes bytes, std::size_t unit, Unpack unpack, Pack pack) {
  const std::vector<std::byte> packed(bytes.begin(), bytes.end());
  const auto values = unpack(Bytes(packed));
  require(values.size() == packed.size() / unit);
  const std::vector<std::byte> again = pack(values);
  require(std::ranges::equal(again, Bytes(packed).first(values.size() * unit)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace partwise;
  const Bytes bytes = std::as_bytes(std::span(data, size));
  check_round_trip(bytes, kSegmentBytes, unpack_manifest, pack_manifest);
  check_round_trip(bytes, kKeyBytes, unpack_keys, pack_keys);
  return 0;
}
