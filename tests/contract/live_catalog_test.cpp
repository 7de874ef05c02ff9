// The contract of LiveCatalog.

#include <functional>
#include <map>

#include "metadata_contract.hpp"

namespace partwise::test {

class LiveCatalogContract : public MetadataContract {
 protected:
  using Owner = CatalogBlob::Owner;

  // A whole walk; `meanwhile` is called before each page.
  std::vector<CatalogBlob> walk(
      std::uint32_t blobs_max, const std::function<void()>& meanwhile = [] {}) {
    std::vector<CatalogBlob> blobs;
    OwnerCursor cursor;
    pages_ = 0;
    while (!cursor.at_end()) {
      meanwhile();
      auto page = must(stores_->catalog().owners(cursor, blobs_max));
      cursor = page.next;
      blobs.insert(blobs.end(), page.blobs.begin(), page.blobs.end());
      ++pages_;
    }
    return blobs;
  }
  // Under whom each blob was visited last.
  static std::map<BlobKey, Owner> owners_in(const std::vector<CatalogBlob>& blobs) {
    std::map<BlobKey, Owner> owners;
    for (const CatalogBlob& blob : blobs) owners[blob.ref.key] = blob.owner;
    return owners;
  }
  static CatalogBlob owned_by(const Part& part) {
    return {.ref = part.blob, .owner = Owner::part, .owner_id = part.id.text};
  }
  static CatalogBlob owned_by(const StoredFile& file, const BlobRef& blob) {
    return {.ref = blob, .owner = Owner::file, .owner_id = file.id.text};
  }
  std::size_t still_owned(std::vector<CatalogBlob> blobs) {
    return must(stores_->catalog().still_owned(std::move(blobs))).size();
  }

  int pages_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Metadata, LiveCatalogContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(LiveCatalogContract, AnEmptyStoreHasNoOwners) { EXPECT_TRUE(walk(10).empty()); }

TEST_P(LiveCatalogContract, EveryBlobIsVisitedUnderItsOwnerWhateverThePages) {
  const Upload pending = create_upload();
  const Part part = add_part(pending, 7);
  const Upload completed = create_upload(8);
  const Part used = add_part(completed, 8);
  const Part unused = add_part(completed, 5);
  const StoredFile file = complete(completed, {used});
  const Upload cancelled = create_upload();
  const Part cut = add_part(cancelled, 6);
  must(uploads().cancel_upload(owned(cancelled)));
  const NewFile whole = new_file(9);
  const StoredFile living = must(uploads().create_file(whole));
  const NewFile doomed = new_file(9);
  must(uploads().delete_file(owned(must(uploads().create_file(doomed)))));
  const NewPart underway = new_part(4);

  for (const std::uint32_t blobs_max : {1U, 2U, 3U, 1000U}) {
    const auto blobs = walk(blobs_max);
    EXPECT_EQ(owners_in(blobs), (std::map<BlobKey, Owner>{{part.blob.key, Owner::part},
                                                          {used.blob.key, Owner::file},
                                                          {unused.blob.key, Owner::garbage},
                                                          {cut.blob.key, Owner::garbage},
                                                          {whole.blob.key, Owner::file},
                                                          {doomed.blob.key, Owner::garbage},
                                                          {underway.blob.key, Owner::garbage}}));
    for (const CatalogBlob& blob : blobs) {
      if (blob.owner == Owner::garbage) continue;
      const bool is_part = blob.owner == Owner::part;
      const BlobRef wanted = is_part                           ? part.blob
                             : blob.owner_id == living.id.text ? whole.blob
                                                               : used.blob;
      EXPECT_EQ(blob.ref, wanted);
      if (is_part) EXPECT_EQ(blob.owner_id, part.id.text);
    }
  }
}

TEST_P(LiveCatalogContract, AFileOfManySegmentsIsNotDivided) {
  const Upload upload = create_upload(12);
  std::vector<Part> parts;
  for (int i = 0; i < 12; ++i) parts.push_back(add_part(upload, 1));
  complete(upload, parts);
  create_file();
  EXPECT_EQ(owners_in(walk(5)).size(), 13U);
  reap_all();
  EXPECT_EQ(walk(5).size(), 13U) << "the rows of parts are gone";
}

TEST_P(LiveCatalogContract, WhatIsReapedIsVisitedNoMore) {
  const Upload upload = create_upload();
  add_part(upload, 1);
  must(uploads().cancel_upload(owned(upload)));
  must(uploads().delete_file(owned(create_file())));
  EXPECT_EQ(walk(10).size(), 2U);
  reap_all();
  EXPECT_TRUE(walk(10).empty());
}

// From an intent to a part, to a file, to garbage: however far it goes, and at whatever page.
TEST_P(LiveCatalogContract, ABlobThatPassesOnDuringAWalkIsVisited) {
  for (int begin = 0; begin < 8; ++begin) {
    for (int steps = 1; steps <= 3; ++steps) {
      open({});
      add_part(create_upload(1), 1);
      create_file();
      const Upload upload = create_upload(1);
      const NewPart underway = new_part(1);
      std::optional<Part> part;
      std::optional<StoredFile> file;
      // One step at each page from `begin` on.
      int page = 0;
      const auto blobs = walk(1, [&] {
        const int step = page++ - begin;
        if (step >= steps) return;
        if (step == 0) part = must(uploads().add_part(owned(upload), underway));
        if (step == 1) file = complete(upload, {*part});
        if (step == 2) must(uploads().delete_file(owned(*file)));
      });
      EXPECT_TRUE(owners_in(blobs).contains(underway.blob.key)) << steps << " from " << begin;
    }
  }
}

TEST_P(LiveCatalogContract, SaysWhereEachBlobStandsInWhatItBelongsTo) {
  const Upload upload = create_upload(12);
  const Part last = add_part(upload, 5);
  const Part first = add_part(upload, 7);
  complete(upload, {first, last});
  const Upload pending = create_upload();
  add_part(pending, 3);
  clock_.advance(2s);
  add_part(pending, 5);
  reap_all();
  std::vector<BlobPlace> places;
  for (const CatalogBlob& blob : walk(1)) places.push_back(blob.place);
  EXPECT_EQ(places, (std::vector<BlobPlace>{
                        {.upload_id = pending.id.text, .number = 1, .count = 0, .offset = 0},
                        {.upload_id = pending.id.text, .number = 2, .count = 0, .offset = 0},
                        {.upload_id = {}, .number = 1, .count = 2, .offset = 0},
                        {.upload_id = {}, .number = 2, .count = 2, .offset = 7}}));
}

TEST_P(LiveCatalogContract, UploadsComeBeforeFilesAndEachInTheOrderOfCreation) {
  const StoredFile first_file = create_file();
  const Upload first = create_upload();
  const Upload second = create_upload();
  add_part(second, 1);
  add_part(first, 1);
  const StoredFile second_file = create_file();
  for (const std::uint32_t blobs_max : {1U, 1000U}) {
    std::vector<std::string> owners;
    for (const CatalogBlob& blob : walk(blobs_max)) {
      owners.push_back(blob.owner == Owner::part ? blob.place.upload_id : blob.owner_id);
    }
    EXPECT_EQ(owners, (std::vector{first.id.text, second.id.text, first_file.id.text,
                                   second_file.id.text}));
  }
}

TEST_P(LiveCatalogContract, ManyDeletedFilesArePassedOverInAFewPages) {
  for (int i = 0; i < 2'100; ++i) must(uploads().delete_file(owned(create_file())));
  reap_all();
  const StoredFile living = create_file();
  const auto blobs = walk(1);
  ASSERT_EQ(blobs.size(), 1U);
  EXPECT_EQ(blobs[0].owner_id, living.id.text);
  EXPECT_LT(pages_, 10);
}

TEST_P(LiveCatalogContract, AnOwnerStaysOneUntilItEnds) {
  const Upload upload = create_upload(1);
  const Part part = add_part(upload, 1);
  const NewFile whole = new_file(3);
  const StoredFile file = must(uploads().create_file(whole));
  EXPECT_EQ(still_owned({}), 0U);
  EXPECT_EQ(still_owned({owned_by(part), owned_by(file, whole.blob)}), 2U);
  const StoredFile made = complete(upload, {part});
  EXPECT_EQ(still_owned({owned_by(part)}), 0U) << "the upload has ended";
  EXPECT_EQ(still_owned({owned_by(made, part.blob)}), 1U);
  must(uploads().delete_file(owned(file)));
  EXPECT_EQ(still_owned({owned_by(file, whole.blob)}), 0U);
  const auto left =
      must(stores_->catalog().still_owned({owned_by(part), owned_by(made, part.blob)}));
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].owner_id, made.id.text);
}

}  // namespace partwise::test
