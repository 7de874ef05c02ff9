#pragma once

// A directory of its own for one test, removed with everything in it.

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace partwise::test {

class TemporaryDirectory {
 public:
  enum class On {
    disk,    // Where the system keeps temporary files.
    memory,  // A file system in memory if there is one: for tests that sync thousands of times.
  };

  explicit TemporaryDirectory(On where = On::disk) {
    std::filesystem::path parent = std::filesystem::temp_directory_path();
    if (where == On::memory && std::filesystem::is_directory("/dev/shm")) parent = "/dev/shm";
    std::string name = (parent / "partwise-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;  // A test has ended; there is nobody to tell.
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace partwise::test
