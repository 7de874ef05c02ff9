#pragma once

// The domain's values as OpenAI's objects.

#include "core/file.hpp"
#include "core/page.hpp"
#include "core/part.hpp"
#include "core/upload.hpp"
#include "wire/objects.hpp"

namespace partwise::api {

[[nodiscard]] wire::WireUpload to_wire(const Upload& upload);
[[nodiscard]] wire::WireFile to_wire(const StoredFile& file);
[[nodiscard]] wire::WirePart to_wire(const Part& part);
[[nodiscard]] wire::WireListedPart to_listed_wire(const Part& part);

[[nodiscard]] wire::WireList<wire::WireUpload> to_wire(const Page<Upload>& page);
[[nodiscard]] wire::WireList<wire::WireFile> to_wire(const Page<StoredFile>& page);
[[nodiscard]] wire::WireList<wire::WireListedPart> to_wire(const Page<Part>& page);

}  // namespace partwise::api
