#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <vector>

#include "base/file_system.hpp"
#include "base/posix_file.hpp"
#include "base/posix_memory.hpp"
#include "support/temporary_directory.hpp"

namespace partwise {

namespace {

using test::TemporaryDirectory;

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

std::vector<std::string> names_in(FileSystem& files, const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : files.list(path).value()) names.push_back(entry.name);
  std::ranges::sort(names);
  return names;
}

constexpr std::size_t kPage = 4096;

std::string noise(std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>('a' + i * i % 23);
  return text;
}

// Of the first `pages` pages of a file, those that the system has in its cache.
std::size_t cached_pages(const Descriptor& file, std::size_t pages) {
  void* const mapped = ::mmap(nullptr, pages * kPage, PROT_READ, MAP_SHARED, file.number(), 0);
  EXPECT_NE(mapped, MAP_FAILED);
  std::vector<unsigned char> state(pages);
  EXPECT_EQ(::mincore(mapped, pages * kPage, state.data()), 0);
  ::munmap(mapped, pages * kPage);
  return static_cast<std::size_t>(
      std::ranges::count_if(state, [](unsigned char page) { return (page & 1U) != 0; }));
}

std::string content_of(FileSystem& files, const std::string& path) {
  return files.read_small(path).value_or("(unreadable)");
}

// Both ways to have a file without a real name.
class NamelessFile : public ::testing::TestWithParam<NamelessFiles> {
 protected:
  TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system(GetParam());
};

INSTANTIATE_TEST_SUITE_P(PosixFileSystem, NamelessFile,
                         ::testing::Values(NamelessFiles::if_supported, NamelessFiles::never),
                         [](const auto& made) {
                           return made.param == NamelessFiles::never ? "Named" : "Nameless";
                         });

TEST_P(NamelessFile, IsReadableUnderTheNameThatItWasGiven) {
  auto file = files_->open_nameless(directory_.path()).value();
  ASSERT_TRUE(file->write_at(0, as_bytes("one ")));
  ASSERT_TRUE(file->write_at(4, as_bytes("two")));
  ASSERT_TRUE(file->write_back(0, 4));
  ASSERT_TRUE(file->sync_data());
  EXPECT_EQ(file->size(), 7U);
  ASSERT_TRUE(files_->link(*file, directory_ / "name"));
  file.reset();
  EXPECT_EQ(content_of(*files_, directory_ / "name"), "one two");
  EXPECT_EQ(names_in(*files_, directory_.path()), std::vector<std::string>{"name"});
  EXPECT_EQ(mode_of(directory_ / "name"), 0600U);
}

TEST_P(NamelessFile, LeavesNothingWhenItIsClosedWithoutAName) {
  auto file = files_->open_nameless(directory_.path()).value();
  ASSERT_TRUE(file->write_at(0, as_bytes("gone")));
  file.reset();
  EXPECT_TRUE(names_in(*files_, directory_.path()).empty());
}

TEST_P(NamelessFile, NeverReplacesAFile) {
  ASSERT_TRUE(files_->write_small(directory_ / "taken", "mine"));
  auto file = files_->open_nameless(directory_.path()).value();
  const auto linked = files_->link(*file, directory_ / "taken");
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, ErrorCode::io_failure);
  file.reset();
  EXPECT_EQ(content_of(*files_, directory_ / "taken"), "mine");
  EXPECT_EQ(names_in(*files_, directory_.path()), std::vector<std::string>{"taken"});
}

TEST_P(NamelessFile, CanBeReadBeforeItHasAName) {
  const auto file = files_->open_nameless(directory_.path()).value();
  ASSERT_TRUE(file->write_at(0, as_bytes("content")));
  std::string out(4, '?');
  EXPECT_EQ(file->read_at(3, std::as_writable_bytes(std::span(out))), 4U);
  EXPECT_EQ(out, "tent");
}

TEST_P(NamelessFile, SaysWhichDirectoryIsMissing) {
  const auto file = files_->open_nameless(directory_ / "nowhere");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::not_found);
  EXPECT_NE(file.error().message.find("nowhere"), std::string::npos);
}

TEST(NamedStaging, HasThePrefixThatSaysWhatItIs) {
  const TemporaryDirectory directory;
  const auto files = make_posix_file_system(NamelessFiles::never);
  const auto file = files->open_nameless(directory.path()).value();
  const auto names = names_in(*files, directory.path());
  ASSERT_EQ(names.size(), 1U);
  EXPECT_TRUE(names.front().starts_with(kNamedStagingPrefix));
}

class PosixFileSystemTest : public ::testing::Test {
 protected:
  TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFileSystemTest, ReadsFewerBytesOnlyAtTheEndOfTheFile) {
  ASSERT_TRUE(files_->write_small(directory_ / "file", "12345"));
  const auto file = files_->open_read(directory_ / "file").value();
  std::string out(10, '?');
  EXPECT_EQ(file->read_at(2, std::as_writable_bytes(std::span(out))), 3U);
  EXPECT_EQ(out.substr(0, 3), "345");
  EXPECT_EQ(file->read_at(5, std::as_writable_bytes(std::span(out))), 0U);
}

TEST_F(PosixFileSystemTest, ReadsTheSamePastTheCache) {
  const Memory memory = make_page_memory(2 * kPage);
  const MutableBytes out(memory.get(), 2 * kPage);
  for (const std::size_t size : {0UZ, 1UZ, kPage, kPage + 1, 2 * kPage, 2 * kPage + 7}) {
    const std::string content = noise(size);
    ASSERT_TRUE(files_->write_small(directory_ / "file", content));
    const auto file = files_->open_read(directory_ / "file").value();
    const std::size_t count = std::min(size, 2 * kPage);
    ASSERT_EQ(file->read_uncached(0, out), count) << size;
    EXPECT_EQ(as_text(out.first(count)), std::string_view(content).substr(0, count));
    // From where nothing is aligned, as from anywhere.
    const std::size_t from = std::min(size, 3UZ);
    ASSERT_EQ(file->read_uncached(from, out.subspan(1)), std::min(size - from, 2 * kPage - 1));
    EXPECT_EQ(as_text(out.subspan(1, std::min(size - from, 2 * kPage - 1))),
              std::string_view(content).substr(from, 2 * kPage - 1));
  }
}

TEST_F(PosixFileSystemTest, LeavesTheCacheAsItWasWhereItReadsPastIt) {
  constexpr std::size_t kPages = 64;
  const std::string path = directory_ / "file";
  ASSERT_TRUE(files_->write_small(path, noise(kPages * kPage)));
  const Descriptor probe = open_descriptor(path, O_RDONLY);
  if (::fcntl(probe.number(), F_SETFL, O_DIRECT) != 0) {
    GTEST_SKIP() << "the file system of " << directory_.path() << " cannot read past the cache";
  }
  ASSERT_EQ(::posix_fadvise(probe.number(), 0, 0, POSIX_FADV_DONTNEED), 0);
  if (cached_pages(probe, kPages) != 0) GTEST_SKIP() << "the system keeps it in its cache";
  const Memory memory = make_page_memory(kPages * kPage);
  const MutableBytes out(memory.get(), kPages * kPage);
  const auto file = files_->open_read(path).value();
  EXPECT_EQ(file->read_uncached(0, out), kPages * kPage);
  EXPECT_EQ(cached_pages(probe, kPages), 0U);
  EXPECT_EQ(file->read_at(0, out), kPages * kPage);
  EXPECT_EQ(cached_pages(probe, kPages), kPages);
  EXPECT_EQ(file->read_uncached(0, out), kPages * kPage);
  EXPECT_EQ(cached_pages(probe, kPages), kPages);
}

TEST_F(PosixFileSystemTest, KeepsAnOpenFileReadableAfterItsRemoval) {
  ASSERT_TRUE(files_->write_small(directory_ / "file", "still here"));
  const auto file = files_->open_read(directory_ / "file").value();
  ASSERT_TRUE(files_->remove(directory_ / "file"));
  std::string out(10, '?');
  EXPECT_EQ(file->read_at(0, std::as_writable_bytes(std::span(out))), 10U);
  EXPECT_EQ(out, "still here");
}

TEST_F(PosixFileSystemTest, TellsAMissingFileFromAFailure) {
  EXPECT_EQ(files_->open_read(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_->remove(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_->read_small(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_->remove(directory_.path()).error().code, ErrorCode::io_failure);
}

TEST_F(PosixFileSystemTest, OpensNothingToReadThatIsNoFileAndWaitsForNobody) {
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  // With a writer, so that whoever would wait for one fails here rather than for ever.
  const Descriptor writer = open_descriptor(pipe, O_RDWR);
  for (const std::string& path : {pipe, directory_.path(), std::string("/dev/null")}) {
    const auto opened = files_->open_read(path);
    ASSERT_FALSE(opened) << path;
    EXPECT_EQ(opened.error().code, ErrorCode::io_failure) << path;
  }
}

TEST_F(PosixFileSystemTest, DoesNotCallALinkToNowhereMissing) {
  const std::string link = directory_ / "link";
  ASSERT_EQ(::symlink("nowhere", link.c_str()), 0);
  EXPECT_EQ(files_->open_read(link).error().code, ErrorCode::io_failure);
  EXPECT_EQ(files_->open_read(directory_ / "nowhere").error().code, ErrorCode::not_found);
}

TEST_F(PosixFileSystemTest, ReadsNoSmallFileFromAPipeThatNobodyWritesTo) {
  const std::string pipe = directory_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), S_IRUSR | S_IWUSR), 0);
  EXPECT_EQ(files_->read_small(pipe).error().code, ErrorCode::io_failure);
}

TEST(ErrnoAsError, TellsTheKindsThatSomebodyActsOn) {
  const auto code_of = [](int errno_value) {
    return fail_with_errno(errno_value, "write", "name").error().code;
  };
  for (const int full : {ENOSPC, EDQUOT}) EXPECT_EQ(code_of(full), ErrorCode::out_of_space);
  for (const int exhausted : {EMFILE, ENFILE, ENOMEM}) {
    EXPECT_EQ(code_of(exhausted), ErrorCode::overloaded);
  }
  EXPECT_EQ(code_of(ENOENT), ErrorCode::not_found);
  for (const int other : {EIO, EROFS, EEXIST, EACCES}) {
    EXPECT_EQ(code_of(other), ErrorCode::io_failure);
  }
}

TEST_F(PosixFileSystemTest, ReplacesASmallFileAndLeavesNothingElse) {
  ASSERT_TRUE(files_->write_small(directory_ / "small", "a long first content"));
  ASSERT_TRUE(files_->write_small(directory_ / "small", "short"));
  EXPECT_EQ(content_of(*files_, directory_ / "small"), "short");
  EXPECT_EQ(names_in(*files_, directory_.path()), std::vector<std::string>{"small"});
  EXPECT_EQ(mode_of(directory_ / "small"), 0600U);
}

TEST_F(PosixFileSystemTest, ReadsFilesOfProcThoughTheySayThatTheyAreEmpty) {
  const auto boot = files_->read_small("/proc/sys/kernel/random/boot_id");
  ASSERT_TRUE(boot);
  EXPECT_EQ(boot->size(), 37U);
}

TEST_F(PosixFileSystemTest, RefusesToReadALargeFileAsASmallOne) {
  ASSERT_TRUE(files_->write_small(directory_ / "large", std::string(kMiB + 1, 'x')));
  EXPECT_EQ(files_->read_small(directory_ / "large").error().code, ErrorCode::io_failure);
}

TEST_F(PosixFileSystemTest, MakesADirectoryWithItsParentsOnce) {
  ASSERT_TRUE(files_->make_directories(directory_ / "a/b/c"));
  ASSERT_TRUE(files_->make_directories(directory_ / "a/b/c"));
  ASSERT_TRUE(files_->make_directory(directory_ / "a/b/c"));
  EXPECT_EQ(mode_of(directory_ / "a"), 0700U);
  EXPECT_EQ(mode_of(directory_ / "a/b/c"), 0700U);
  EXPECT_EQ(files_->make_directory(directory_ / "no/parent").error().code, ErrorCode::not_found);
  const auto opened = files_->open_directory(directory_ / "a/b").value();
  EXPECT_TRUE(opened->sync());
}

TEST_F(PosixFileSystemTest, RefusesADirectoryWhereAFileIs) {
  ASSERT_TRUE(files_->write_small(directory_ / "file", ""));
  EXPECT_FALSE(files_->make_directories(directory_ / "file"));
  EXPECT_FALSE(files_->make_directory(directory_ / "file"));
  EXPECT_FALSE(files_->open_directory(directory_ / "file"));
}

TEST_F(PosixFileSystemTest, ListsFilesAndDirectories) {
  ASSERT_TRUE(files_->write_small(directory_ / "file", ""));
  ASSERT_TRUE(files_->make_directory(directory_ / "inner"));
  ASSERT_TRUE(files_->write_small(directory_ / "inner/hidden", ""));
  auto entries = files_->list(directory_.path()).value();
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "file");
  EXPECT_FALSE(entries[0].is_directory);
  EXPECT_EQ(entries[1].name, "inner");
  EXPECT_TRUE(entries[1].is_directory);
}

TEST_F(PosixFileSystemTest, RenamesOverAnExistingFile) {
  ASSERT_TRUE(files_->write_small(directory_ / "from", "new"));
  ASSERT_TRUE(files_->write_small(directory_ / "to", "old"));
  ASSERT_TRUE(files_->rename(directory_ / "from", directory_ / "to"));
  EXPECT_EQ(content_of(*files_, directory_ / "to"), "new");
  EXPECT_EQ(names_in(*files_, directory_.path()), std::vector<std::string>{"to"});
}

TEST_F(PosixFileSystemTest, RenamesToANameThatNobodyHas) {
  ASSERT_TRUE(files_->write_small(directory_ / "one", "1"));
  ASSERT_TRUE(files_->make_directory(directory_ / "two"));
  EXPECT_EQ(files_->rename_to_new(directory_ / "one", directory_ / "two"), false);
  EXPECT_EQ(files_->rename_to_new(directory_ / "two", directory_ / "one"), false);
  EXPECT_EQ(names_in(*files_, directory_.path()), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(files_->rename_to_new(directory_ / "one", directory_ / "three"), true);
  EXPECT_EQ(content_of(*files_, directory_ / "three"), "1");
  const auto missing = files_->rename_to_new(directory_ / "one", directory_ / "four");
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
}

TEST_F(PosixFileSystemTest, KnowsTheFreeBytesAndSyncsAVolume) {
  EXPECT_GT(files_->free_bytes(directory_.path()).value(), 0U);
  EXPECT_TRUE(files_->sync_volume(directory_.path()));
  EXPECT_FALSE(files_->free_bytes(directory_ / "missing"));
  EXPECT_FALSE(files_->sync_volume(directory_ / "missing"));
}

TEST_F(PosixFileSystemTest, LocksOnceUntilTheLockIsGone) {
  auto lock = files_->lock(directory_ / "lock").value();
  EXPECT_EQ(files_->lock(directory_ / "lock").error().code, ErrorCode::overloaded);
  lock.reset();
  EXPECT_TRUE(files_->lock(directory_ / "lock"));
}

TEST_F(PosixFileSystemTest, HoldsADirectoryUntilTheLastHoldIsGone) {
  EXPECT_EQ(files_->is_held(directory_.path()), false);
  auto first = files_->hold(directory_.path()).value();
  auto second = files_->hold(directory_.path()).value();
  EXPECT_EQ(files_->is_held(directory_.path()), true);
  first.reset();
  EXPECT_EQ(files_->is_held(directory_.path()), true);
  second.reset();
  EXPECT_EQ(files_->is_held(directory_.path()), false);
  EXPECT_EQ(files_->hold(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_EQ(files_->is_held(directory_ / "missing").error().code, ErrorCode::not_found);
  EXPECT_TRUE(names_in(*files_, directory_.path()).empty());
}

TEST_F(PosixFileSystemTest, KnowsOneDirectoryByEveryName) {
  ASSERT_TRUE(files_->make_directories(directory_ / "inner"));
  ASSERT_EQ(::symlink(directory_.path().c_str(), (directory_ / "link").c_str()), 0);
  EXPECT_EQ(files_->canonical(directory_ / "link/inner/../inner"),
            files_->canonical(directory_ / "inner"));
  EXPECT_EQ(files_->canonical(directory_ / "missing").error().code, ErrorCode::not_found);
}

TEST_F(PosixFileSystemTest, ResolvesWhateverIsThereWithoutOpeningIt) {
  ASSERT_TRUE(files_->write_small(directory_ / "file", "content"));
  ASSERT_EQ(::symlink((directory_ / "file").c_str(), (directory_ / "link").c_str()), 0);
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), S_IRUSR | S_IWUSR), 0);
  const auto file = files_->resolve(directory_ / "file").value();
  EXPECT_TRUE(file.is_file());
  EXPECT_EQ(file.bytes, 7U);
  EXPECT_TRUE(files_->resolve(directory_ / "link").value().is_same(file));
  for (const std::string& other : {directory_ / "pipe", directory_.path()}) {
    const auto status = files_->resolve(other).value();
    EXPECT_FALSE(status.is_file()) << other;
    EXPECT_FALSE(status.is_same(file)) << other;
  }
  EXPECT_EQ(files_->resolve(directory_ / "missing").error().code, ErrorCode::not_found);
}

TEST_F(PosixFileSystemTest, GivesAFileASecondNameThatOutlivesTheFirst) {
  ASSERT_TRUE(files_->write_small(directory_ / "first", "content"));
  EXPECT_EQ(files_->link_existing(directory_ / "first", directory_ / "second"), true);
  ASSERT_TRUE(files_->remove(directory_ / "first"));
  EXPECT_EQ(content_of(*files_, directory_ / "second"), "content");
  EXPECT_EQ(files_->link_existing(directory_ / "first", directory_ / "third").error().code,
            ErrorCode::not_found);
  ASSERT_TRUE(files_->write_small(directory_ / "other", "other"));
  EXPECT_EQ(files_->link_existing(directory_ / "other", directory_ / "second").error().code,
            ErrorCode::io_failure);
  EXPECT_EQ(content_of(*files_, directory_ / "second"), "content");
}

TEST_F(PosixFileSystemTest, SaysWhereTwoVolumesCannotShareAFile) {
  const TemporaryDirectory elsewhere(TemporaryDirectory::On::memory);
  struct stat here{};
  struct stat there{};
  ASSERT_EQ(::stat(directory_.path().c_str(), &here), 0);
  ASSERT_EQ(::stat(elsewhere.path().c_str(), &there), 0);
  if (here.st_dev == there.st_dev) GTEST_SKIP() << "there is no second file system here";
  ASSERT_TRUE(files_->write_small(directory_ / "file", "content"));
  EXPECT_EQ(files_->link_existing(directory_ / "file", elsewhere / "file"), false);
  EXPECT_TRUE(names_in(*files_, elsewhere.path()).empty());
}

TEST_F(PosixFileSystemTest, OpensNothingThatAChildProcessWouldInherit) {
  const auto file = files_->open_nameless(directory_.path()).value();
  EXPECT_NE(::fcntl(file->descriptor(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(PosixFileSystemTest, SaysOutOfSpaceOnAFullVolume) {
  // Every write to this device fails as on a full disk.
  auto descriptor = open_descriptor("/dev/full", O_RDWR);
  if (!descriptor.is_open()) GTEST_SKIP() << "there is no /dev/full here";
  PosixFile file(std::move(descriptor), "/dev/full", false);
  const auto written = file.write_at(0, as_bytes("content"));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::out_of_space);
  EXPECT_EQ(written.error().message, "could not write /dev/full: No space left on device.");
}

}  // namespace

}  // namespace partwise
