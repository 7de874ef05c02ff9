#include "core/request_slots.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace partwise {
namespace {

const KeyId kOne{"key_one"};
const KeyId kOther{"key_other"};

TEST(RequestSlots, EachKeyHasItsOwn) {
  RequestSlots slots(2);
  auto first = slots.take(kOne).value();
  const auto second = slots.take(kOne).value();
  EXPECT_EQ(slots.take(kOne).error().code, ErrorCode::rate_limited);
  EXPECT_TRUE(slots.take(kOther));
  const auto copy = first;
  first.reset();
  EXPECT_FALSE(slots.take(kOne)) << "a copy holds the place";
}

TEST(RequestSlots, APlaceComesBackAndAKeyWithoutAnyIsForgotten) {
  RequestSlots slots(1);
  for (int i = 0; i < 3; ++i) {
    const auto place = slots.take(kOne);
    EXPECT_TRUE(place);
    EXPECT_EQ(slots.keys(), 1U);
  }
  EXPECT_EQ(slots.keys(), 0U);
}

TEST(RequestSlots, WithoutALimitNothingIsCounted) {
  RequestSlots slots(0);
  std::vector<std::shared_ptr<void>> places;
  for (int i = 0; i < 1000; ++i) places.push_back(slots.take(kOne).value());
  EXPECT_EQ(slots.keys(), 0U);
}

TEST(RequestSlots, APlaceMayOutliveThem) {
  std::shared_ptr<void> place;
  {
    RequestSlots slots(1);
    place = slots.take(kOne).value();
  }
  place.reset();
}

}  // namespace
}  // namespace partwise
