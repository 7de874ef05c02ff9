#pragma once

// The pieces of the POSIX file system: descriptors that close themselves, errno as an Error, and
// files.

#include <string>
#include <string_view>
#include <utility>

#include "base/file_system.hpp"

namespace partwise {

// Owns an open descriptor, or none (-1).
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// The Error of a failed call: "could not <verb> <path>: <reason of errno_value>."
[[nodiscard]] std::unexpected<Error> fail_with_errno(int errno_value, std::string_view verb,
                                                     std::string_view path);

// open(2) with O_CLOEXEC and mode 0600, through EINTR. Not open after an error, with errno set.
[[nodiscard]] Descriptor open_descriptor(const std::string& path, int flags);

class PosixFile final : public File {
 public:
  // `path` names the file in errors. With `remove_on_close` it is a file of ours that stands in for
  // a nameless one: it is removed on destruction, unless `link` has given it its real name.
  PosixFile(Descriptor descriptor, std::string path, bool remove_on_close);
  ~PosixFile() override;

  [[nodiscard]] Result<> write_at(std::uint64_t offset, Bytes bytes) override;
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override;
  [[nodiscard]] Result<std::size_t> read_uncached(std::uint64_t offset, MutableBytes out) override;
  [[nodiscard]] Result<> write_back(std::uint64_t offset, std::uint64_t bytes) override;
  [[nodiscard]] Result<> sync_data() override;
  [[nodiscard]] Result<std::uint64_t> size() override;
  [[nodiscard]] int descriptor() const override { return descriptor_.number(); }

  // Gives a file without a real name the name `path`, which must not exist yet.
  [[nodiscard]] Result<> link(const std::string& path);

 private:
  [[nodiscard]] Result<> link_to(const std::string& path);
  [[nodiscard]] Result<> rename_to(const std::string& path);

  // Constant after construction.
  Descriptor descriptor_;
  // One thread at a time.
  std::string path_;
  bool remove_on_close_;
};

}  // namespace partwise
