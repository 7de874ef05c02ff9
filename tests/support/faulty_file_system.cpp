#include "support/faulty_file_system.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace partwise::test {

struct FaultyFileSystem::State {
  // The error that this call of `verb` fails with, if it does.
  std::optional<Error> enter(std::string_view verb) {
    const std::lock_guard lock(mutex);
    journal.emplace_back(verb);
    const bool is_due = (countdown > 0 && --countdown == 0) || verb == bad_verb;
    if (!is_due) return std::nullopt;
    failed_verb = verb;
    return Error{code, "could not " + std::string(verb) + ": a fault was injected."};
  }

  void count_file(int change, int nameless_change) {
    const std::lock_guard lock(mutex);
    open_files += static_cast<std::size_t>(change);
    nameless_files += static_cast<std::size_t>(nameless_change);
  }

  void count_written(std::uint64_t bytes) {
    const std::lock_guard lock(mutex);
    if (free_bytes) *free_bytes -= std::min(*free_bytes, bytes);
  }

  mutable std::mutex mutex;
  // Guarded by mutex.
  std::uint64_t countdown = 0;
  std::string bad_verb;
  ErrorCode code = ErrorCode::io_failure;
  std::optional<std::string> failed_verb;
  std::optional<std::uint64_t> free_bytes;
  std::vector<std::string> journal;
  std::size_t open_files = 0;
  std::size_t nameless_files = 0;
  int directory_syncs_at_once = 0;
};

namespace {

template <class Call>
std::invoke_result_t<Call&> pass(FaultyFileSystem::State& state, std::string_view verb, Call call) {
  if (auto error = state.enter(verb)) return fail(std::move(*error));
  return call();
}

class FaultyFile final : public File {
 public:
  FaultyFile(std::unique_ptr<File> inner, std::shared_ptr<FaultyFileSystem::State> state,
             bool is_nameless)
      : inner_(std::move(inner)), state_(std::move(state)), is_nameless_(is_nameless) {
    state_->count_file(1, is_nameless_ ? 1 : 0);
  }
  ~FaultyFile() override { state_->count_file(-1, is_nameless_ ? -1 : 0); }
  FaultyFile(const FaultyFile&) = delete;
  FaultyFile& operator=(const FaultyFile&) = delete;

  [[nodiscard]] Result<> write_at(std::uint64_t offset, Bytes bytes) override {
    return pass(*state_, "write_at", [&] {
      state_->count_written(bytes.size());
      return inner_->write_at(offset, bytes);
    });
  }
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, MutableBytes out) override {
    return pass(*state_, "read_at", [&] { return inner_->read_at(offset, out); });
  }
  [[nodiscard]] Result<> write_back(std::uint64_t offset, std::uint64_t bytes) override {
    return pass(*state_, "write_back", [&] { return inner_->write_back(offset, bytes); });
  }
  [[nodiscard]] Result<> sync_data() override {
    return pass(*state_, "sync_data", [&] { return inner_->sync_data(); });
  }
  [[nodiscard]] Result<std::uint64_t> size() override {
    return pass(*state_, "size", [&] { return inner_->size(); });
  }
  [[nodiscard]] int descriptor() const override { return inner_->descriptor(); }

  [[nodiscard]] File& inner() { return *inner_; }
  void is_named_now() {
    if (std::exchange(is_nameless_, false)) state_->count_file(0, -1);
  }

 private:
  const std::unique_ptr<File> inner_;
  const std::shared_ptr<FaultyFileSystem::State> state_;
  bool is_nameless_;
};

class FaultyDirectory final : public Directory {
 public:
  FaultyDirectory(std::unique_ptr<Directory> inner, std::shared_ptr<FaultyFileSystem::State> state)
      : inner_(std::move(inner)), state_(std::move(state)) {}
  [[nodiscard]] Result<> sync() override {
    note_syncs(++syncs_);
    for (int turn = 0; turn < 100; ++turn) std::this_thread::yield();  // Whoever may, comes in.
    auto synced = pass(*state_, "sync_directory", [&] { return inner_->sync(); });
    --syncs_;
    return synced;
  }

 private:
  void note_syncs(int at_once) {
    const std::lock_guard lock(state_->mutex);
    state_->directory_syncs_at_once = std::max(state_->directory_syncs_at_once, at_once);
  }

  const std::unique_ptr<Directory> inner_;
  const std::shared_ptr<FaultyFileSystem::State> state_;
  std::atomic<int> syncs_ = 0;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem(FileSystem& inner)
    : inner_(inner), state_(std::make_shared<State>()) {}
FaultyFileSystem::~FaultyFileSystem() = default;

void FaultyFileSystem::fail_call(std::uint64_t n, ErrorCode code) {
  const std::lock_guard lock(state_->mutex);
  state_->countdown = n;
  state_->code = code;
}

void FaultyFileSystem::fail_verb(std::string_view verb, ErrorCode code) {
  const std::lock_guard lock(state_->mutex);
  state_->bad_verb = verb;
  state_->code = code;
}

void FaultyFileSystem::heal() {
  const std::lock_guard lock(state_->mutex);
  state_->countdown = 0;
  state_->bad_verb.clear();
  state_->failed_verb.reset();
  state_->journal.clear();
}

std::optional<std::string> FaultyFileSystem::failed_verb() const {
  const std::lock_guard lock(state_->mutex);
  return state_->failed_verb;
}

void FaultyFileSystem::set_free_bytes(std::uint64_t bytes) {
  const std::lock_guard lock(state_->mutex);
  state_->free_bytes = bytes;
}

std::vector<std::string> FaultyFileSystem::journal() const {
  const std::lock_guard lock(state_->mutex);
  return state_->journal;
}

int FaultyFileSystem::directory_syncs_at_once() const {
  const std::lock_guard lock(state_->mutex);
  return state_->directory_syncs_at_once;
}

std::size_t FaultyFileSystem::open_files() const {
  const std::lock_guard lock(state_->mutex);
  return state_->open_files;
}

std::size_t FaultyFileSystem::nameless_files() const {
  const std::lock_guard lock(state_->mutex);
  return state_->nameless_files;
}

Result<std::unique_ptr<File>> FaultyFileSystem::open_nameless(const std::string& directory) {
  return pass(*state_, "open_nameless", [&]() -> Result<std::unique_ptr<File>> {
    TRY(auto file, inner_.open_nameless(directory));
    return std::make_unique<FaultyFile>(std::move(file), state_, true);
  });
}

Result<> FaultyFileSystem::link(File& file, const std::string& path) {
  return pass(*state_, "link", [&]() -> Result<> {
    auto& faulty = static_cast<FaultyFile&>(file);
    CHECK(inner_.link(faulty.inner(), path));
    faulty.is_named_now();
    return {};
  });
}

Result<bool> FaultyFileSystem::link_existing(const std::string& from, const std::string& to) {
  return pass(*state_, "link_existing", [&] { return inner_.link_existing(from, to); });
}

Result<std::unique_ptr<File>> FaultyFileSystem::open_read(const std::string& path) {
  return pass(*state_, "open_read", [&]() -> Result<std::unique_ptr<File>> {
    TRY(auto file, inner_.open_read(path));
    return std::make_unique<FaultyFile>(std::move(file), state_, false);
  });
}

Result<> FaultyFileSystem::remove(const std::string& path) {
  return pass(*state_, "remove", [&] { return inner_.remove(path); });
}

Result<> FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  return pass(*state_, "rename", [&] { return inner_.rename(from, to); });
}

Result<bool> FaultyFileSystem::rename_to_new(const std::string& from, const std::string& to) {
  return pass(*state_, "rename_to_new", [&] { return inner_.rename_to_new(from, to); });
}

Result<std::unique_ptr<Directory>> FaultyFileSystem::open_directory(const std::string& path) {
  return pass(*state_, "open_directory", [&]() -> Result<std::unique_ptr<Directory>> {
    TRY(auto directory, inner_.open_directory(path));
    return std::make_unique<FaultyDirectory>(std::move(directory), state_);
  });
}

Result<> FaultyFileSystem::make_directories(const std::string& path) {
  return pass(*state_, "make_directories", [&] { return inner_.make_directories(path); });
}

Result<> FaultyFileSystem::make_directory(const std::string& path) {
  return pass(*state_, "make_directory", [&] { return inner_.make_directory(path); });
}

Result<> FaultyFileSystem::make_private(const std::string& directory) {
  return pass(*state_, "make_private", [&] { return inner_.make_private(directory); });
}

Result<std::string> FaultyFileSystem::canonical(const std::string& path) {
  return pass(*state_, "canonical", [&] { return inner_.canonical(path); });
}

Result<FileStatus> FaultyFileSystem::examine(const std::string& path) {
  return pass(*state_, "examine", [&] { return inner_.examine(path); });
}

Result<std::vector<DirectoryEntry>> FaultyFileSystem::list(const std::string& path) {
  return pass(*state_, "list", [&] { return inner_.list(path); });
}

Result<FileStatus> FaultyFileSystem::resolve(const std::string& path) {
  return pass(*state_, "resolve", [&] { return inner_.resolve(path); });
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(const std::string& path) {
  return pass(*state_, "free_bytes", [&]() -> Result<std::uint64_t> {
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->free_bytes) return *state_->free_bytes;
    }
    return inner_.free_bytes(path);
  });
}

Result<> FaultyFileSystem::sync_volume(const std::string& path) {
  return pass(*state_, "sync_volume", [&] { return inner_.sync_volume(path); });
}

Result<> FaultyFileSystem::write_small(const std::string& path, std::string_view content) {
  return pass(*state_, "write_small", [&] { return inner_.write_small(path, content); });
}

Result<std::string> FaultyFileSystem::read_small(const std::string& path) {
  return pass(*state_, "read_small", [&] { return inner_.read_small(path); });
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::lock(const std::string& path) {
  return pass(*state_, "lock", [&] { return inner_.lock(path); });
}

Result<std::unique_ptr<FileLock>> FaultyFileSystem::hold(const std::string& directory) {
  return pass(*state_, "hold", [&] { return inner_.hold(directory); });
}

Result<bool> FaultyFileSystem::is_held(const std::string& directory) {
  return pass(*state_, "is_held", [&] { return inner_.is_held(directory); });
}

}  // namespace partwise::test
