#include "core/catalog.hpp"

#include <fmt/format.h>

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

WrongCounter wrong_counter_of(const CatalogCharge& charge) {
  return {.project = charge.project,
          .sentence = fmt::format("The project is billed {} bytes and stores {}.",
                                  charge.recorded_bytes, charge.actual_bytes)};
}

Result<std::vector<WrongCounter>> wrong_sums(Catalog& catalog) {
  TRY(auto wrong, catalog.wrong_counters());
  TRY(const auto charges, catalog.charges());
  for (const CatalogCharge& charge : charges) {
    if (charge.is_wrong()) wrong.push_back(wrong_counter_of(charge));
  }
  return wrong;
}

}  // namespace partwise
