// The contract of UploadStore: lists and their pages.

#include <algorithm>

#include "metadata_contract.hpp"

namespace partwise::test {

class ListContract : public MetadataContract {
 protected:
  // The ids of a whole list, read in pages of `limit`.
  template <class Fetch>
  std::vector<std::string> walk(Fetch fetch, Order order, std::uint32_t limit,
                                std::optional<Purpose> purpose = {}) {
    std::vector<std::string> ids;
    PageRequest request{.after = {}, .limit = limit, .order = order, .purpose = purpose};
    while (ids.size() < 1000) {  // A wrong page may lead back.
      const auto page = must(fetch(request));
      EXPECT_LE(page.items.size(), limit);
      for (const auto& item : page.items) ids.push_back(item.id.text);
      if (!page.has_more) return ids;
      EXPECT_EQ(page.items.size(), limit);
      request.after = ids.back();
    }
    ADD_FAILURE() << "the list has no end";
    return ids;
  }
  auto files() {
    return [this](const PageRequest& request) { return uploads().list_files(project_, request); };
  }
  auto all_uploads() {
    return [this](const PageRequest& request) { return uploads().list_uploads(project_, request); };
  }
  auto parts(const Upload& upload) {
    return [this, upload](const PageRequest& request) {
      return uploads().list_parts(owned(upload), request);
    };
  }
};
INSTANTIATE_TEST_SUITE_P(Metadata, ListContract, testing::ValuesIn(all_adapters()),
                         [](const auto& tested) { return tested.param.name; });

[[nodiscard]] std::vector<std::string> reversed(std::vector<std::string> ids) {
  std::reverse(ids.begin(), ids.end());
  return ids;
}

TEST_P(ListContract, ObjectsOfOneSecondKeepTheOrderOfTheirCreation) {
  const Upload upload = create_upload(1000);
  std::vector<std::string> upload_ids{upload.id.text};
  std::vector<std::string> file_ids;
  std::vector<std::string> part_ids;
  for (int i = 0; i < 7; ++i) {
    upload_ids.push_back(create_upload().id.text);
    file_ids.push_back(create_file().id.text);
    part_ids.push_back(add_part(upload, 1).id.text);
    if (i == 3) clock_.advance(1s);
  }
  for (const std::uint32_t limit : {1U, 2U, 3U, 7U, 8U, 100U}) {
    EXPECT_EQ(walk(all_uploads(), Order::asc, limit), upload_ids);
    EXPECT_EQ(walk(all_uploads(), Order::desc, limit), reversed(upload_ids));
    EXPECT_EQ(walk(files(), Order::asc, limit), file_ids);
    EXPECT_EQ(walk(files(), Order::desc, limit), reversed(file_ids));
    EXPECT_EQ(walk(parts(upload), Order::asc, limit), part_ids);
    EXPECT_EQ(walk(parts(upload), Order::desc, limit), reversed(part_ids));
  }
}

TEST_P(ListContract, WhatWasCreatedUnderAnEarlierClockStandsEarlier) {
  const Upload upload = create_upload(1000);
  const Part later = add_part(upload, 1);
  const StoredFile later_file = create_file();
  clock_.jump_wall(-10s);
  const Part earlier = add_part(upload, 1);
  const StoredFile earlier_file = create_file();
  EXPECT_EQ(walk(parts(upload), Order::asc, 1), (std::vector{earlier.id.text, later.id.text}));
  EXPECT_EQ(walk(files(), Order::asc, 1), (std::vector{earlier_file.id.text, later_file.id.text}));
}

TEST_P(ListContract, ACompletedFileStandsAtTheTimeOfItsUpload) {
  const Upload upload = create_upload(0);
  clock_.advance(10s);
  const StoredFile posted = create_file();
  clock_.advance(10s);
  const StoredFile completed = complete(upload, {});
  EXPECT_EQ(walk(files(), Order::asc, 1), (std::vector{completed.id.text, posted.id.text}));
}

TEST_P(ListContract, HasMoreIsHonestAtTheEndOfTheList) {
  create_file();
  create_file();
  EXPECT_FALSE(
      must(uploads().list_files(project_, {.after = {}, .limit = 2, .purpose = {}})).has_more);
  EXPECT_TRUE(
      must(uploads().list_files(project_, {.after = {}, .limit = 1, .purpose = {}})).has_more);
}

TEST_P(ListContract, ThePurposeFilterSelectsInEveryOrder) {
  std::vector<std::string> batch;
  std::vector<std::string> batch_uploads;
  for (int i = 0; i < 6; ++i) {
    NewFile file = new_file(1);
    file.purpose = i % 2 == 0 ? Purpose::batch : Purpose::fine_tune_results;
    must(uploads().create_file(file));
    NewUpload upload = new_upload(1);
    upload.purpose = file.purpose;
    must(uploads().create_upload(upload));
    if (i % 2 != 0) continue;
    batch.push_back(file.id.text);
    batch_uploads.push_back(upload.id.text);
  }
  EXPECT_EQ(walk(files(), Order::asc, 2, Purpose::batch), batch);
  EXPECT_EQ(walk(files(), Order::desc, 1, Purpose::batch), reversed(batch));
  EXPECT_EQ(walk(all_uploads(), Order::asc, 2, Purpose::batch), batch_uploads);
  EXPECT_EQ(walk(all_uploads(), Order::desc, 2, Purpose::batch), reversed(batch_uploads));
  EXPECT_TRUE(walk(files(), Order::asc, 2, Purpose::evals).empty());
}

TEST_P(ListContract, DeletingWhilePagingNeitherSkipsNorRepeats) {
  std::vector<StoredFile> created;
  for (int i = 0; i < 6; ++i) created.push_back(create_file());
  PageRequest request{.after = {}, .limit = 2, .order = Order::asc, .purpose = {}};
  EXPECT_EQ(must(uploads().list_files(project_, request)).items,
            (std::vector{created[0], created[1]}));
  // The cursor itself, one before it and one after it.
  for (const std::size_t gone : {1U, 0U, 3U}) must(uploads().delete_file(owned(created[gone])));
  reap_all();
  request.after = created[1].id.text;
  EXPECT_EQ(must(uploads().list_files(project_, request)).items,
            (std::vector{created[2], created[4]}));
  request.order = Order::desc;
  request.after = created[3].id.text;
  EXPECT_EQ(must(uploads().list_files(project_, request)).items, (std::vector{created[2]}));
}

TEST_P(ListContract, ATombstoneKeepsItsPlaceForThirtyDays) {
  const StoredFile first = create_file();
  const StoredFile second = create_file();
  must(uploads().delete_file(owned(first)));
  const PageRequest request{.after = first.id.text, .limit = 2, .order = Order::asc, .purpose = {}};
  clock_.advance(24h * 30 - 1s);
  EXPECT_EQ(must(uploads().list_files(project_, request)).items, std::vector{second});
  clock_.advance(1s);
  // Its blob is not reaped yet, so its row is still there; that must make no difference.
  const Error error = refused(uploads().list_files(project_, request));
  EXPECT_EQ(error.code, ErrorCode::invalid_request);
  EXPECT_EQ(error.param, "after");
}

TEST_P(ListContract, AfterMustNameAMemberOfTheList) {
  const Upload upload = create_upload(100);
  const Upload other = create_upload(100);
  const Part foreign_part = add_part(other, 1);
  add_part(upload, 1);
  NewFile foreign = new_file(1);
  foreign.project = stranger_;
  const StoredFile foreign_file = must(uploads().create_file(foreign));
  const auto after = [](const std::string& id) {
    return PageRequest{.after = id, .limit = 2, .purpose = {}};
  };
  const std::vector errors{
      refused(uploads().list_files(project_, after(foreign_file.id.text))),
      refused(uploads().list_files(project_, after(upload.id.text))),
      refused(uploads().list_files(project_, after("'; DROP TABLE files; --"))),
      refused(uploads().list_uploads(stranger_, after(upload.id.text))),
      refused(uploads().list_uploads(project_, after(fresh_upload_id().text))),
      refused(uploads().list_parts(owned(upload), after(foreign_part.id.text))),
  };
  for (const Error& error : errors) {
    EXPECT_EQ(error.code, ErrorCode::invalid_request);
    EXPECT_EQ(error.param, "after");
  }
}

TEST_P(ListContract, AProjectSeesItsOwnObjectsOnly) {
  const Upload mine = create_upload();
  create_file();
  const PageRequest all{.after = {}, .limit = 10, .purpose = {}};
  EXPECT_TRUE(must(uploads().list_uploads(stranger_, all)).items.empty());
  EXPECT_TRUE(must(uploads().list_files(stranger_, all)).items.empty());
  EXPECT_EQ(must(uploads().list_uploads(project_, all)).items, std::vector{mine});
}

TEST_P(ListContract, UploadsOfEveryStateAreListedAsTheClockSeesThem) {
  const Upload overdue = create_upload(0);
  clock_.advance(30min);
  const Upload completed = create_upload(0);
  complete(completed, {});
  const Upload cancelled = create_upload(0);
  must(uploads().cancel_upload(owned(cancelled)));
  const Upload pending = create_upload(0);
  clock_.advance(30min);
  const PageRequest all{.after = {}, .limit = 10, .order = Order::asc, .purpose = {}};
  std::vector<std::string> words;
  for (const Upload& upload : must(uploads().list_uploads(project_, all)).items) {
    words.push_back(status(upload));
  }
  EXPECT_EQ(words, (std::vector<std::string>{"expired", "completed", "cancelled", "pending"}));
  // A list is a view: it moved nothing.
  clock_.jump_wall(-30min);
  EXPECT_EQ(status(find(overdue)), "pending");
}

}  // namespace partwise::test
