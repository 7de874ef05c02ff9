#include "store/postgres/libpq.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

namespace partwise::postgres {

namespace {

constexpr const char* kLibrary = "libpq.so.5";

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool find_all(void* library, LibPq& pq) {
  return find(library, "PQclear", pq.clear) && find(library, "PQcmdTuples", pq.cmdTuples) &&
         find(library, "PQconnectPoll", pq.connectPoll) &&
         find(library, "PQconnectStartParams", pq.connectStartParams) &&
         find(library, "PQconninfoFree", pq.conninfoFree) &&
         find(library, "PQconninfoParse", pq.conninfoParse) &&
         find(library, "PQconsumeInput", pq.consumeInput) &&
         find(library, "PQenterPipelineMode", pq.enterPipelineMode) &&
         find(library, "PQerrorMessage", pq.errorMessage) && find(library, "PQfinish", pq.finish) &&
         find(library, "PQflush", pq.flush) && find(library, "PQfreemem", pq.freemem) &&
         find(library, "PQgetisnull", pq.getisnull) && find(library, "PQgetlength", pq.getlength) &&
         find(library, "PQgetResult", pq.getResult) && find(library, "PQgetvalue", pq.getvalue) &&
         find(library, "PQisBusy", pq.isBusy) && find(library, "PQnotifies", pq.notifies) &&
         find(library, "PQntuples", pq.ntuples) &&
         find(library, "PQpipelineSync", pq.pipelineSync) &&
         find(library, "PQresultErrorField", pq.resultErrorField) &&
         find(library, "PQresultStatus", pq.resultStatus) &&
         find(library, "PQsendPrepare", pq.sendPrepare) &&
         find(library, "PQsendQueryParams", pq.sendQueryParams) &&
         find(library, "PQsendQueryPrepared", pq.sendQueryPrepared) &&
         find(library, "PQserverVersion", pq.serverVersion) &&
         find(library, "PQsetNoticeReceiver", pq.setNoticeReceiver) &&
         find(library, "PQsetnonblocking", pq.setnonblocking) &&
         find(library, "PQsocket", pq.socket) && find(library, "PQstatus", pq.status);
}

}  // namespace

Result<std::unique_ptr<const LibPq>> LibPq::load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return fail(
        ErrorCode::invalid_request,
        fmt::format("PostgreSQL needs {}, which is not installed (Debian: libpq5).", kLibrary));
  }
  auto pq = std::make_unique<LibPq>();
  // Never closed: it is wanted until the process ends.
  if (find_all(library, *pq)) return pq;
  return fail(ErrorCode::invalid_request,
              fmt::format("{} is too old: version 14 or newer is needed.", kLibrary));
}

}  // namespace partwise::postgres
