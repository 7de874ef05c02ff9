#pragma once

// Reads a Plan from JSON. Everything that is not marked may be left out; names of values and their
// meaning are those of plan.hpp. "${name}" is a hole, see template_text.hpp.
//
//   {"host": "127.0.0.1", "port": 1234 (required), "tls": false,
//    "connections": 4, "warmup_requests": 0, "seconds": 1.5, "iterations": 64 (one of the two),
//    "pause_ms": 0, "timeout_s": 120, "payload": "FILE",
//    "engine": "threads" or "events" (the default is what is cheaper for the plan),
//    "values": {"upload": ["id1", "id2"]},
//    "steps": [{"name": "part", "method": "POST" (required), "path": "/${upload}" (required),
//               "headers": {"authorization": "Bearer k"}, "expect": [200],
//               "body": one of
//                 {"kind": "multipart", "field": "data", "filename": "part", "offset": 0,
//                  "bytes": 67108864, "texts": {"sha256": "..."}}
//                 {"kind": "raw", "offset": 0, "bytes": 67108864, "content_type": "..."}
//                 {"kind": "text", "text": "{}", "content_type": "application/json"}
//               "capture": {"id": {"after": "\"id\":\"", "until": "\""},
//                           "place": {"header": "location"}},
//               "sign": {"kind": "sigv4", "access": "..", "secret": "..", "region": "..",
//                        "service": "s3"},
//               "random_ranges": {"file_bytes": 1073741824, "bytes": 1048576},
//               "record": true}]}

#include <string_view>

#include "load/plan.hpp"

namespace partwise::load {

// Errors: invalid_request.
[[nodiscard]] Result<Plan> read_plan(std::string_view json);

}  // namespace partwise::load
