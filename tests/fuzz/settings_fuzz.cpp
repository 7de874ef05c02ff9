// Settings: any file is a configuration within its limits, or one line that names the file and
// holds no key; every size that is shown can be read.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/require.hpp"
#include "server/settings.hpp"

namespace {

using partwise::test::require;

// One file without a name, whose content is replaced.
class SettingsFile {
 public:
  SettingsFile() : descriptor_(::memfd_create("settings", MFD_CLOEXEC)) {}
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }
  void put(std::string_view content) const {
    require(::ftruncate(descriptor_, 0) == 0);
    require(::pwrite(descriptor_, content.data(), content.size(), 0) ==
            static_cast<ssize_t>(content.size()));
  }

 private:
  const int descriptor_;
};

void check(const partwise::ServeConfig& config) {
  const auto again = partwise::parse_endpoint(config.listen.text());
  require(again && *again == config.listen);
  require(!config.data_dir.empty());
  require(config.core.part_bytes_max >= 1 && config.core.parts_per_upload_max >= 1);
  require(config.core.upload_ttl.count() >= 1 && config.http.head_timeout.count() >= 1000);
  require(config.http.connections_max >= 1);
  require(config.certificate.certificate.empty() == config.certificate.key.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const SettingsFile file;
  static const auto files = partwise::make_posix_file_system();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  file.put(text);
  const std::vector<std::string> arguments{"--config", file.path()};
  const auto nothing = [](std::string_view) { return std::optional<std::string>(); };
  const auto config = partwise::read_serve_config(arguments, nothing, *files);
  if (config) {
    check(*config);
  } else {
    const std::string& message = config.error().message;
    require(config.error().code == partwise::ErrorCode::invalid_request && !message.empty());
    require(message.find(file.path()) != std::string::npos || !config.error().param.empty());
  }
  if (const auto bytes = partwise::parse_size(text, {})) {
    require(partwise::parse_size(partwise::size_text(*bytes), {}) == *bytes);
  }
  if (const auto endpoint = partwise::parse_endpoint(text)) {
    require(partwise::parse_endpoint(endpoint->text()) == *endpoint);
  }
  return 0;
}
