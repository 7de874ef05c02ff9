#pragma once

// The files of the TLS certificate: read at the start, and again whenever the operator says so.

#include <functional>
#include <memory>
#include <string>

#include "base/file_system.hpp"
#include "base/log.hpp"
#include "base/task.hpp"
#include "base/worker_pool.hpp"
#include "http/tls_context.hpp"

namespace partwise {

// Both are named, or neither.
struct CertificateFiles {
  std::string certificate;  // With its chain.
  std::string key;

  [[nodiscard]] bool is_given() const { return !certificate.empty(); }
};

// Blocks. Error: invalid_request, with one line that names the flag and the file.
[[nodiscard]] Result<std::shared_ptr<const http::TlsContext>> load_certificate(
    FileSystem& files, const CertificateFiles& names);

// Lives on the loop. What it is given outlives it.
class CertificateReload {
 public:
  // Gets each certificate that could be loaded.
  using Use = std::function<void(std::shared_ptr<const http::TlsContext>)>;

  CertificateReload(CertificateFiles names, FileSystem& files, WorkerPool& workers, Log& log,
                    Use use);
  CertificateReload(const CertificateReload&) = delete;
  CertificateReload& operator=(const CertificateReload&) = delete;

  // Reads the files. Where they cannot be used, one error goes to the log, and what is in use
  // stays. A second call while one is under way returns at once, and has the first read once more:
  // the files may have changed behind it.
  [[nodiscard]] Task<> run();

 private:
  // Constant after construction.
  const CertificateFiles names_;
  FileSystem& files_;
  WorkerPool& workers_;
  Log& log_;
  const Use use_;

  // Touched on the loop only.
  bool wanted_ = false;
  bool running_ = false;
};

}  // namespace partwise
