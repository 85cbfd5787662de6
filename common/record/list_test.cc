#include "common/record/store.h"

#include "common/record/testing/errand_world.h"

namespace shouwang::record {
namespace {

class ListTest : public ErrandWorld {
protected:
    std::vector<std::string> Titles(testing::ListErrandsRequest q, const std::string& region = "36") {
        std::vector<std::string> titles;
        for (;;) {
            testing::ListErrandsResponse page;
            const Status status = commands_.List(ErrandKind(), q, region, county_, tokens_, DeadlineIn(10s), page);
            EXPECT_TRUE(status.ok()) << status.message;
            for (const Errand& e : page.errands()) titles.push_back(e.title());
            if (page.next_page_token().empty()) return titles;
            q.set_page_token(page.next_page_token());
        }
    }
    model::PageTokens tokens_{"a key of at least sixteen characters"};
};

TEST_F(ListTest, PagesNewestFirstWithoutGapsOrRepeats) {
    std::vector<std::string> want;
    for (int i = 0; i < 7; ++i) want.insert(want.begin(), Give("t" + std::to_string(i)).title());
    for (const int size : {1, 2, 3, 7, 8}) {
        testing::ListErrandsRequest q;
        q.set_page_size(size);
        EXPECT_EQ(Titles(q), want) << size;
    }
}

TEST_F(ListTest, FiltersByWhatTheRequestSays) {
    const Errand a = Give("a");
    const Errand b = Give("b", "360681104201");
    clock_.Advance(30h);
    const Errand c = Give("c");
    Errand taken;
    ASSERT_TRUE(Move("take", Named(c), village_, taken, [](Work&, google::protobuf::Message& m) {
                    static_cast<Errand&>(m).set_urgent(true);
                    return Status::Ok();
                }).ok());
    testing::ListErrandsRequest q;
    using Names = std::vector<std::string>;
    EXPECT_EQ(Titles(q, "360681103"), (Names{"c", "a"}));
    q.add_states(ERRAND_STATE_TAKEN);
    EXPECT_EQ(Titles(q), Names{"c"});
    q.add_states(ERRAND_STATE_GIVEN);
    EXPECT_EQ(Titles(q), (Names{"c", "b", "a"}));
    q.set_only_overdue(true);
    EXPECT_EQ(Titles(q), (Names{"b", "a"}));
    q.Clear();
    q.set_title("b");
    EXPECT_EQ(Titles(q), Names{"b"});
    q.Clear();
    q.set_urgent(true);
    EXPECT_EQ(Titles(q), Names{"c"});
    q.Clear();
    q.set_village("villages/7");
    EXPECT_EQ(Titles(q).size(), 3u);
    q.set_village("villages/8");
    EXPECT_TRUE(Titles(q).empty());
}

TEST_F(ListTest, BadFiltersAreErrors) {
    testing::ListErrandsResponse page;
    testing::ListErrandsRequest q;
    q.set_village("7");
    EXPECT_EQ(commands_.List(ErrandKind(), q, "36", county_, tokens_, DeadlineIn(10s), page).violations.at(0).field, "village");
    q.Clear();
    q.set_page_size(-1);
    EXPECT_EQ(commands_.List(ErrandKind(), q, "36", county_, tokens_, DeadlineIn(10s), page).code, Code::kInvalidArgument);
    q.Clear();
    q.set_page_token("forged");
    EXPECT_EQ(commands_.List(ErrandKind(), q, "36", county_, tokens_, DeadlineIn(10s), page).reason, "PAGE_TOKEN");
}

}  // namespace
}  // namespace shouwang::record
