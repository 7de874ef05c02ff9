#include "load/payload.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>
#include <vector>

namespace partwise::load {

namespace {

constexpr std::size_t kWriteBytes = kMiB;
constexpr std::uint64_t kSeed = 20'240'613;

Result<std::uint64_t> size_of(const Descriptor& descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor.number(), &status) != 0) return fail_with_errno(errno, "stat", path);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> write_all(const Descriptor& descriptor, Bytes bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor.number(), bytes.data(), bytes.size());
    if (written < 0) return fail_with_errno(errno, "write", path);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

Result<> make_payload(const std::string& path, std::uint64_t bytes) {
  const Descriptor descriptor = open_descriptor(path, O_CREAT | O_RDWR);
  if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
  TRY(const auto size, size_of(descriptor, path));
  if (size == bytes) return {};
  if (::ftruncate(descriptor.number(), 0) != 0) return fail_with_errno(errno, "truncate", path);
  std::mt19937_64 random(kSeed);
  std::vector<std::uint64_t> block(kWriteBytes / sizeof(std::uint64_t));
  for (std::uint64_t done = 0; done < bytes; done += kWriteBytes) {
    std::ranges::generate(block, random);
    const auto wanted = std::min<std::uint64_t>(kWriteBytes, bytes - done);
    CHECK(write_all(descriptor, std::as_bytes(std::span(block)).first(wanted), path));
  }
  return {};
}

Result<Payload> Payload::open(const std::string& path) {
  Descriptor descriptor = open_descriptor(path, O_RDONLY);
  if (!descriptor.is_open()) return fail_with_errno(errno, "open", path);
  TRY(const auto size, size_of(descriptor, path));
  if (size == 0) return fail(ErrorCode::invalid_request, path + " is empty.");
  // Populated, so that the measured time holds no fault of a page.
  void* const memory =
      ::mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, descriptor.number(), 0);
  if (memory == MAP_FAILED) return fail_with_errno(errno, "map", path);
  return Payload(std::move(descriptor), Bytes(static_cast<const std::byte*>(memory), size));
}

Payload::Payload(Descriptor descriptor, Bytes bytes)
    : descriptor_(std::move(descriptor)), bytes_(bytes) {}

Payload::Payload(Payload&& other) noexcept
    : descriptor_(std::move(other.descriptor_)), bytes_(std::exchange(other.bytes_, {})) {}

Payload::~Payload() {
  // Nobody could act on a failure.
  if (!bytes_.empty()) (void)::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace partwise::load
