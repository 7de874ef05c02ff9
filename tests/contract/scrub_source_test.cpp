// The contract of ScrubSource.

#include "metadata_contract.hpp"

namespace partwise::test {

class ScrubSourceContract : public MetadataContract {
 protected:
  using Kind = ScrubPosition::Kind;
  using Owner = CatalogBlob::Owner;

  ScrubSource& source() { return stores_->scrub_source(); }
  // Every owner that has blobs, from `from` on.
  std::vector<OwnedBlobs> walk(ScrubPosition from = {}) {
    std::vector<OwnedBlobs> owners;
    while (auto owner = must(source().next_owner(from))) {
      EXPECT_GE(owner->position, from);
      from = owner->position;
      ++from.sequence;
      if (!owner->blobs.empty()) owners.push_back(std::move(*owner));
    }
    return owners;
  }
  std::vector<CatalogBlob> all_blobs() {
    std::vector<CatalogBlob> blobs;
    for (const OwnedBlobs& owner : walk()) {
      blobs.insert(blobs.end(), owner.blobs.begin(), owner.blobs.end());
    }
    return blobs;
  }
  static CatalogBlob blob_of(const Part& part) {
    return {.ref = part.blob,
            .owner = Owner::part,
            .owner_id = part.id.text,
            .place = {.upload_id = part.upload_id.text, .number = part.sequence}};
  }
  bool is_owned(const CatalogBlob& blob) { return must(source().is_owned(blob)); }
};
INSTANTIATE_TEST_SUITE_P(Metadata, ScrubSourceContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(ScrubSourceContract, HasNothingWhereNothingIsStored) {
  (void)create_upload();
  EXPECT_TRUE(walk().empty());
}

TEST_P(ScrubSourceContract, GivesThePartsOfAPendingUploadInTheOrderOfTheirArrival) {
  const Upload upload = create_upload();
  const Part first = add_part(upload, 3);
  clock_.advance(2s);
  const Part second = add_part(upload, 5);
  const auto owners = walk();
  ASSERT_EQ(owners.size(), 1U);
  EXPECT_EQ(owners[0].position.kind, Kind::upload);
  EXPECT_EQ(owners[0].blobs, (std::vector{blob_of(first), blob_of(second)}));
  EXPECT_EQ(owners[0].blobs[1].place,
            (BlobPlace{.upload_id = upload.id.text, .number = 2, .count = 0, .offset = 0}));
}

TEST_P(ScrubSourceContract, GivesTheManifestOfAFileWithThePlaceOfEachBlob) {
  const Upload upload = create_upload(12);
  const Part last = add_part(upload, 5);
  const Part unused = add_part(upload, 9);
  const Part first = add_part(upload, 7);
  const StoredFile file = complete(upload, {first, last});
  const auto blobs = all_blobs();
  ASSERT_EQ(blobs.size(), 2U);
  const CatalogBlob at_first{.ref = first.blob,
                             .owner = Owner::file,
                             .owner_id = file.id.text,
                             .place = {.upload_id = {}, .number = 1, .count = 2, .offset = 0}};
  const CatalogBlob at_last{.ref = last.blob,
                            .owner = Owner::file,
                            .owner_id = file.id.text,
                            .place = {.upload_id = {}, .number = 2, .count = 2, .offset = 7}};
  EXPECT_EQ(blobs, (std::vector{at_first, at_last}));
  EXPECT_FALSE(is_owned(blob_of(unused)));
}

TEST_P(ScrubSourceContract, GivesUploadsBeforeFilesAndEachInTheOrderOfCreation) {
  const StoredFile first_file = create_file();
  const Upload first = create_upload();
  const Upload second = create_upload();
  (void)add_part(second, 1);
  (void)add_part(first, 1);
  const StoredFile second_file = create_file();
  std::vector<std::string> owners;
  for (const CatalogBlob& blob : all_blobs()) {
    owners.push_back(blob.owner == Owner::part ? blob.place.upload_id : blob.owner_id);
  }
  EXPECT_EQ(owners,
            (std::vector{first.id.text, second.id.text, first_file.id.text, second_file.id.text}));
}

TEST_P(ScrubSourceContract, GoesOnAtTheOwnerThatIsNamed) {
  (void)create_file();
  const StoredFile second = create_file();
  (void)create_file();
  const auto owners = walk({.kind = Kind::file, .sequence = second.sequence});
  ASSERT_EQ(owners.size(), 2U);
  EXPECT_EQ(owners[0].blobs[0].owner_id, second.id.text);
  EXPECT_EQ(owners[0].position, (ScrubPosition{.kind = Kind::file, .sequence = second.sequence}));
}

TEST_P(ScrubSourceContract, PassesOverWhatHasEnded) {
  const Upload cancelled = create_upload();
  const Part part = add_part(cancelled, 4);
  must(uploads().cancel_upload(owned(cancelled)));
  const StoredFile file = create_file();
  const CatalogBlob of_file = all_blobs().at(0);
  EXPECT_TRUE(is_owned(of_file));
  must(uploads().delete_file(owned(file)));
  EXPECT_TRUE(walk().empty());
  EXPECT_FALSE(is_owned(blob_of(part)));
  EXPECT_FALSE(is_owned(of_file));
}

TEST_P(ScrubSourceContract, APartBelongsToItsUploadUntilThatEnds) {
  const Upload upload = create_upload(4);
  const Part part = add_part(upload, 4);
  EXPECT_TRUE(is_owned(blob_of(part)));
  (void)complete(upload, {part});
  EXPECT_FALSE(is_owned(blob_of(part)));
  ASSERT_EQ(all_blobs().size(), 1U);
  EXPECT_TRUE(is_owned(all_blobs()[0]));
}

TEST_P(ScrubSourceContract, FindsTheNextFileBehindAnyNumberOfDeletedOnes) {
  for (int i = 0; i < 2'100; ++i) {
    const StoredFile file = create_file();
    must(uploads().delete_file(owned(file)));
  }
  const StoredFile living = create_file();
  ASSERT_EQ(all_blobs().size(), 1U);
  EXPECT_EQ(all_blobs()[0].owner_id, living.id.text);
}

}  // namespace partwise::test
