#pragma once

// A FileSystem that fails where a test wants it to, and knows what was left open. Everything else
// is done by the file system behind it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"

namespace partwise::test {

// Thread-safe.
class FaultyFileSystem final : public FileSystem {
 public:
  struct State;

  // `inner` outlives this and every file that it has opened.
  explicit FaultyFileSystem(FileSystem& inner);
  ~FaultyFileSystem() override;

  // The `n`-th call from now on fails with `code`, 1 being the next. A call is a verb of
  // FileSystem, File or Directory; the journal names it. A call that fails has no effect.
  void fail_call(std::uint64_t n, ErrorCode code);
  // Every call of `verb` fails from now on.
  void fail_verb(std::string_view verb, ErrorCode code);
  // Nothing fails any more, and the journal is empty.
  void heal();
  // Whether a call has failed since the last heal, and which.
  [[nodiscard]] std::optional<std::string> failed_verb() const;
  // What free_bytes says from now on, less what is written.
  void set_free_bytes(std::uint64_t bytes);

  // The verbs that were called since the last heal, in order. Those of directories are
  // "open_directory" and "sync_directory".
  [[nodiscard]] std::vector<std::string> journal() const;
  [[nodiscard]] std::size_t open_files() const;
  // The most syncs of one directory that were under way at the same time.
  [[nodiscard]] int directory_syncs_at_once() const;
  // Files that are open and have no name.
  [[nodiscard]] std::size_t nameless_files() const;

  [[nodiscard]] Result<std::unique_ptr<File>> open_nameless(const std::string& directory) override;
  [[nodiscard]] Result<> link(File& file, const std::string& path) override;
  [[nodiscard]] Result<bool> link_existing(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  [[nodiscard]] Result<> remove(const std::string& path) override;
  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<bool> rename_to_new(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<std::unique_ptr<Directory>> open_directory(const std::string& path) override;
  [[nodiscard]] Result<> make_directories(const std::string& path) override;
  [[nodiscard]] Result<> make_directory(const std::string& path) override;
  [[nodiscard]] Result<> make_private(const std::string& directory) override;
  [[nodiscard]] Result<std::string> canonical(const std::string& path) override;
  [[nodiscard]] Result<FileStatus> examine(const std::string& path) override;
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(const std::string& path) override;
  [[nodiscard]] Result<FileStatus> resolve(const std::string& path) override;
  [[nodiscard]] Result<std::uint64_t> free_bytes(const std::string& path) override;
  [[nodiscard]] Result<> sync_volume(const std::string& path) override;
  [[nodiscard]] Result<> write_small(const std::string& path, std::string_view content) override;
  [[nodiscard]] Result<std::string> read_small(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> hold(const std::string& directory) override;
  [[nodiscard]] Result<bool> is_held(const std::string& directory) override;

 private:
  FileSystem& inner_;
  const std::shared_ptr<State> state_;
};

}  // namespace partwise::test
