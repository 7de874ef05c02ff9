#include "server/certificate.hpp"

#include <fmt/format.h>

#include <utility>

namespace partwise {

namespace {

// The end of a sentence, behind the flag that names the file.
std::unexpected<Error> unusable(std::string_view flag, std::string_view reason,
                                std::string_view param) {
  return fail(ErrorCode::invalid_request, fmt::format("{}: {}", flag, reason), std::string(param));
}

}  // namespace

Result<std::shared_ptr<const http::TlsContext>> load_certificate(FileSystem& files,
                                                                 const CertificateFiles& names) {
  const auto chain = files.read_small(names.certificate);
  if (!chain) return unusable("--tls-certificate", chain.error().message, "tls_certificate");
  const auto key = files.read_small(names.key);
  if (!key) return unusable("--tls-key", key.error().message, "tls_key");
  auto context = http::TlsContext::from_pem(*chain, *key);
  if (context) return context;
  const bool is_key = context.error().param == "tls_key";
  return unusable(
      is_key ? "--tls-key" : "--tls-certificate",
      fmt::format("{}: {}", is_key ? names.key : names.certificate, context.error().message),
      context.error().param);
}

CertificateReload::CertificateReload(CertificateFiles names, FileSystem& files, WorkerPool& workers,
                                     Log& log, Use use)
    : names_(std::move(names)), files_(files), workers_(workers), log_(log), use_(std::move(use)) {}

Task<> CertificateReload::run() {
  wanted_ = true;
  if (std::exchange(running_, true)) co_return;
  while (std::exchange(wanted_, false)) {
    auto work = [this] { return load_certificate(files_, names_); };
    auto loaded = co_await run_on(workers_, std::move(work));
    if (loaded) {
      use_(std::move(*loaded));
      log_.info("the TLS certificate was reloaded");
    } else {
      log_.error("the TLS certificate was not reloaded, and the one in use stays: " +
                 loaded.error().message);
    }
  }
  running_ = false;
}

}  // namespace partwise
