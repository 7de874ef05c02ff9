#include "core/catalog.hpp"

namespace partwise {

std::vector<CatalogBlob> blobs_of_file(const std::string& id, const Manifest& manifest) {
  std::vector<CatalogBlob> blobs;
  blobs.reserve(manifest.size());
  BlobPlace place{.upload_id = {}, .number = 0, .count = manifest.size(), .offset = 0};
  for (const BlobRef& ref : manifest) {
    ++place.number;
    blobs.push_back(
        {.ref = ref, .owner = CatalogBlob::Owner::file, .owner_id = id, .place = place});
    place.offset += ref.bytes;
  }
  return blobs;
}

}  // namespace partwise
