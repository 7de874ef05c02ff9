// The contract of UploadStore: files.

#include "metadata_contract.hpp"

namespace partwise::test {

class FileStoreContract : public MetadataContract {};
INSTANTIATE_TEST_SUITE_P(Metadata, FileStoreContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(FileStoreContract, AFilePostedWholeKeepsWhatItWasGiven) {
  NewFile created = new_file(10);
  created.ttl = 3600s;
  created.md5 = Md5Digest{std::byte{3}};
  const StoredFile file = must(uploads().create_file(created));
  EXPECT_EQ(file.id, created.id);
  EXPECT_EQ(file.project, project_);
  EXPECT_EQ(file.purpose, Purpose::user_data);
  EXPECT_EQ(file.filename, "notes.txt");
  EXPECT_EQ(file.bytes, 10U);
  EXPECT_EQ(file.created_at, clock_.now());
  EXPECT_EQ(file.expires_at, clock_.now() + 3600s);
  EXPECT_EQ(file.crc64, created.blob.crc64);
  EXPECT_EQ(file.md5, created.md5);
  const FileContent content = must(uploads().find_file(owned(file)));
  EXPECT_EQ(content.file, file);
  EXPECT_EQ(content.manifest, Manifest{created.blob});
  EXPECT_EQ(billed(project_), 10U);
}

TEST_P(FileStoreContract, AFileWithoutItsIntentIsUnavailableAndChangesNothing) {
  NewFile created = new_file(10);
  must(garbage().release_intent(created.blob.key));
  claim();
  EXPECT_EQ(refused(uploads().create_file(created)).code, ErrorCode::unavailable);
  reap_all();
  EXPECT_EQ(refused(uploads().create_file(created)).code, ErrorCode::unavailable);
  EXPECT_EQ(refused(uploads().find_file({project_, created.id})).code, ErrorCode::not_found);
  EXPECT_EQ(billed(project_), 0U);
}

TEST_P(FileStoreContract, AnotherProjectsFileIsNotFoundByAnyVerbAndStaysAsItWas) {
  const StoredFile file = create_file();
  EXPECT_EQ(refused(uploads().find_file({stranger_, file.id})).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().delete_file({stranger_, file.id})).code, ErrorCode::not_found);
  EXPECT_EQ(must(uploads().find_file(owned(file))).file, file);
}

TEST_P(FileStoreContract, ADeletedFileIsGoneAtOnceAndItsBytesAreReaped) {
  const Upload upload = create_upload(30);
  const std::vector parts{add_part(upload, 10), add_part(upload, 20)};
  const StoredFile file = complete(upload, parts);
  reap_all();
  EXPECT_EQ(must(uploads().delete_file(owned(file))), file);
  EXPECT_EQ(billed(project_), 0U);
  EXPECT_EQ(refused(uploads().find_file(owned(file))).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().delete_file(owned(file))).code, ErrorCode::not_found);
  const ReapBatch batch = claim();
  ASSERT_EQ(batch.work.size(), 1U);
  EXPECT_EQ(batch.work.front().file, file.id);
  EXPECT_EQ(batch.work.front().blobs, keys_of(parts));
  EXPECT_EQ(reap_all(1), keys_of(parts));
}

TEST_P(FileStoreContract, AFileIsNotFoundFromItsDeadlineOn) {
  NewFile created = new_file(10);
  created.ttl = 3600s;
  const StoredFile file = must(uploads().create_file(created));
  const PageRequest all{.after = {}, .limit = 10, .purpose = {}};
  clock_.advance(3599s);
  EXPECT_EQ(must(uploads().find_file(owned(file))).file, file);
  EXPECT_EQ(must(uploads().list_files(project_, all)).items.size(), 1U);
  clock_.advance(1s);
  EXPECT_EQ(refused(uploads().find_file(owned(file))).code, ErrorCode::not_found);
  EXPECT_EQ(refused(uploads().delete_file(owned(file))).code, ErrorCode::not_found);
  EXPECT_TRUE(must(uploads().list_files(project_, all)).items.empty());
}

}  // namespace partwise::test
