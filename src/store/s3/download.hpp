#pragma once

// The content of one object, read mostly in order: one request as long as its reader goes on, and a
// new one from where it stands when the connection broke or the reader went elsewhere.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "store/s3/s3_client.hpp"

namespace partwise::s3 {

// One thread at a time; blocks.
class Download {
 public:
  Download(std::shared_ptr<S3Client> client, std::string name);

  // What is asked for from `offset` on: no more is requested.
  void expect(std::uint64_t offset, std::uint64_t bytes);

  // Fills `out` unless the object ends before. Errors: not_found (it was removed); those of the
  // client.
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out);

 private:
  // Error: too_large (nothing is there).
  [[nodiscard]] Result<> require_stream(std::uint64_t offset, std::size_t wanted, Attempts& tries);

  const std::shared_ptr<S3Client> client_;
  const std::string name_;
  std::optional<std::uint64_t> expected_end_;
  std::optional<ChannelPool::Lease> channel_;
  std::uint64_t position_ = 0;               // What the channel gives next.
  std::uint64_t end_ = 0;                    // Where its content ends.
  std::optional<std::uint64_t> object_end_;  // Once it is known.
};

}  // namespace partwise::s3
