#pragma once

// Who may use a server that nobody has given a key yet. On loopback the first start makes one; on
// any other address the server refuses to start.

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/file_system.hpp"
#include "base/random.hpp"
#include "base/task.hpp"
#include "core/account_store.hpp"
#include "server/settings.hpp"

namespace partwise {

// Whether no key is valid yet. Errors: invalid_request, with the line to print, where that is so
// and `config.listen` can be reached from elsewhere; those of the store.
[[nodiscard]] Task<Result<bool>> lacks_key(const ServeConfig& config, AccountStore& accounts,
                                           const Clock& clock);

// Makes a key of project `default`, to be printed once; it is kept in DATA/api-key, mode 0600.
// Errors: those of the store and of the file system.
[[nodiscard]] Task<Result<std::string>> make_first_key(const ServeConfig& config,
                                                       AccountStore& accounts, FileSystem& files,
                                                       Random& random);

// `https` where there is a certificate.
[[nodiscard]] std::string_view scheme_of(const ServeConfig& config);

// What the first start prints: the key, where it is kept, and a curl line that works as it stands.
[[nodiscard]] std::string first_key_text(const ServeConfig& config, std::string_view address,
                                         std::string_view key);

// For later starts: where that key is kept; empty where there is none.
[[nodiscard]] std::string kept_key_text(const ServeConfig& config, FileSystem& files);

}  // namespace partwise
