#pragma once

// What the commands beside `serve` have in common on their command lines.

#include <CLI/CLI.hpp>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>

namespace partwise {

// --data-dir, or PARTWISE_DATA_DIR; the default is what `data_dir` holds.
void add_data_dir_option(CLI::App& command, std::string& data_dir);

// --metadata, or PARTWISE_METADATA; the default is what `metadata` holds.
void add_metadata_option(CLI::App& command, std::string& metadata);

// What CLI11 refused in `app`, as a sentence without its end. Words that nothing expected may be
// secrets, and what is written here is kept in logs: of these only the names of flags are shown.
[[nodiscard]] std::string complaint_about(const CLI::App& app, const CLI::Error& error);

// Reads `arguments`, which follow the command's name. The exit code where that was all there is to
// do: after the help, or one line to `errors` that says what is wrong.
[[nodiscard]] std::optional<int> parse_arguments(CLI::App& app,
                                                 std::span<const std::string> arguments,
                                                 std::ostream& out, std::ostream& errors);

}  // namespace partwise
