#pragma once

// What the handlers stand on, and how each of them gets exactly the services that it names in its
// parameters.

#include <functional>
#include <string>
#include <tuple>

#include "api/call.hpp"
#include "api/limits.hpp"
#include "base/task.hpp"
#include "core/account_service.hpp"
#include "core/blob_store.hpp"
#include "core/file_service.hpp"
#include "core/online_checker.hpp"
#include "core/stream_registry.hpp"
#include "core/upload_service.hpp"
#include "http/response.hpp"

namespace partwise::api {

// Whether the server should get requests. Error: unavailable, with the reason. Must not block.
using Readiness = std::function<Result<>()>;

// The figures of the server in the text format of Prometheus.
using MetricsSource = std::function<Task<std::string>()>;

struct Services {
  UploadService& uploads;
  FileService& files;
  BlobStore& blobs;
  StreamRegistry& streams;
  AccountService& accounts;
  OnlineChecker& online_checker;
  const ApiLimits limits;
  const Readiness readiness;
  const MetricsSource metrics = {};  // Empty: there are none.

  [[nodiscard]] auto all() const {
    return std::tie(uploads, files, blobs, streams, accounts, online_checker, limits, readiness,
                    metrics);
  }
};

// How the table of routes calls a handler.
using Endpoint = Task<Result<http::Response>> (*)(Call& call, const Services& services);

template <auto kHandler>
struct EndpointOf;

template <class... Used, Task<Result<http::Response>> (*kHandler)(Call&, Used&...)>
struct EndpointOf<kHandler> {
  static Task<Result<http::Response>> run(Call& call, const Services& services) {
    return kHandler(call, std::get<Used&>(services.all())...);
  }
};

// The endpoint of a handler `Task<Result<http::Response>> handler(Call&, ServicesThatItUses&...)`.
template <auto kHandler>
inline constexpr Endpoint run = EndpointOf<kHandler>::run;

}  // namespace partwise::api
