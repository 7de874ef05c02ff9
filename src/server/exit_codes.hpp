#pragma once

// What the program's exit codes mean, for every command.

namespace partwise {

inline constexpr int kExitDone = 0;
// The command ran, and the answer is no: findings of fsck, an unknown key.
inline constexpr int kExitNo = 1;
// The command line or the configuration is wrong, or the command could not run at all.
inline constexpr int kExitUsage = 2;
// A bug, or a disk that failed under the server. Source: EX_SOFTWARE of sysexits.h.
inline constexpr int kExitInternal = 70;

}  // namespace partwise
