// The program: picks the command, and turns its outcome into an exit code.

#include <sys/stat.h>

#include <exception>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.hpp"
#include "server/backup_command.hpp"
#include "server/exit_codes.hpp"
#include "server/fsck_command.hpp"
#include "server/keys_command.hpp"
#include "server/projects_command.hpp"
#include "server/serve.hpp"
#include "server/settings.hpp"

namespace {

using namespace partwise;

constexpr std::string_view kHelp =
    R"(Partwise: a server for the Uploads and Files API of OpenAI, on your own disk.

Usage: partwise COMMAND [OPTIONS]

Commands:
  serve     Serve the API from one data directory.
  keys      Create, list and revoke API keys, also beside a running server.
  projects  Create and list projects and set their quotas, also beside a running server.
  backup    Copy a data directory, also beside a running server.
  fsck      Check that no byte of a data directory is lost or orphaned.
  version   Print the version.

`partwise COMMAND --help` explains the options of a command.
Exit codes: 0 done, 1 the answer is no, 2 the command line or the configuration is wrong.
)";

bool asks_for_help(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

int serve(std::span<const std::string> arguments) {
  if (asks_for_help(arguments)) {
    std::cout << serve_help();
    return kExitDone;
  }
  const auto files = make_posix_file_system();
  const auto config = read_serve_config(arguments, process_environment, *files);
  if (!config) {
    std::cerr << "partwise: " << config.error().message << '\n';
    return kExitUsage;
  }
  return run_serve(*config);
}

int run(std::span<const std::string> arguments) {
  if (arguments.empty()) {
    std::cerr << kHelp;
    return kExitUsage;
  }
  const std::string& command = arguments.front();
  const auto rest = arguments.subspan(1);
  if (command == "serve") return serve(rest);
  if (command == "keys") return run_keys(rest, std::cout, std::cerr);
  if (command == "projects") return run_projects(rest, std::cout, std::cerr);
  if (command == "backup") return run_backup(rest, std::cout, std::cerr);
  if (command == "fsck") return run_fsck(rest, std::cout, std::cerr);
  if (command == "version" || command == "--version") {
    std::cout << "partwise " << PARTWISE_VERSION << '\n';
    return kExitDone;
  }
  if (command == "help" || command == "--help" || command == "-h") {
    std::cout << kHelp;
    return kExitDone;
  }
  std::cerr << "partwise: there is no command '" << command << "'. Try: partwise --help\n";
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  ::umask(077);  // What Partwise writes is for its own user alone.
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    return run(arguments);
  } catch (const std::exception& error) {
    std::cerr << "partwise: this is a bug, or the computer is exhausted: " << error.what() << '\n';
    return kExitInternal;
  }
}
