#include "server/command_line.hpp"

#include <fmt/format.h>

#include <ostream>
#include <vector>

#include "server/exit_codes.hpp"

namespace partwise {

void add_data_dir_option(CLI::App& command, std::string& data_dir) {
  command
      .add_option("--data-dir", data_dir,
                  "Directory of the server's data. Default: " + data_dir + ".")
      ->type_name("DIR")
      ->envname("PARTWISE_DATA_DIR");
}

void add_metadata_option(CLI::App& command, std::string& metadata) {
  command
      .add_option("--metadata", metadata,
                  "Where the metadata are: sqlite, in that directory, or the postgres://... URL of "
                  "a database. Default: " +
                      metadata + ".")
      ->type_name("sqlite|URL")
      ->envname("PARTWISE_METADATA");
}

std::string complaint_about(const CLI::App& app, const CLI::Error& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
  std::string flags;
  for (const std::string& word : app.remaining(true)) {
    if (!word.starts_with("--")) continue;
    flags += (flags.empty() ? "" : ", ") + word.substr(0, word.find('='));
  }
  if (flags.empty()) return "There is an argument that was not expected";
  return fmt::format("These flags were not expected: {}", flags);
}

std::optional<int> parse_arguments(CLI::App& app, std::span<const std::string> arguments,
                                   std::ostream& out, std::ostream& errors) {
  try {
    // Its order: last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    out << app.help();
    return kExitDone;
  } catch (const CLI::Error& error) {
    errors << fmt::format("{0}: {1}. Try: {0} --help\n", app.get_name(),
                          complaint_about(app, error));
    return kExitUsage;
  }
}

}  // namespace partwise
