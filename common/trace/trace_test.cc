#include "common/trace/trace.h"

#include <gtest/gtest.h>

#include <thread>

namespace shouwang::trace {
namespace {

constexpr const char* kTraceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(ContextTest, ReadsAndWritesTraceparent) {
    const Context context = Context::Parse(kTraceparent);
    EXPECT_EQ(context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(context.span_id, "00f067aa0ba902b7");
    EXPECT_TRUE(context.sampled);
    EXPECT_EQ(context.ToString(), kTraceparent);
    const std::string unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    EXPECT_EQ(Context::Parse(unsampled).ToString(), unsampled);
    // A later version may say more; its known part is used.
    EXPECT_EQ(Context::Parse("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").ToString(),
              kTraceparent);
}

TEST(ContextTest, RefusesWhatIsMalformed) {
    for (const char* text :
         {"", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
          "00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01"}) {
        EXPECT_TRUE(Context::Parse(text).trace_id.empty()) << text;
        EXPECT_EQ(Context::Parse(text).ToString(), "") << text;
    }
}

TEST(ContextTest, NewOnesDifferAndChildrenStayInTheTrace) {
    const Context a = Context::New(), b = Context::New();
    EXPECT_NE(a.trace_id, b.trace_id);
    EXPECT_EQ(Context::Parse(a.ToString()).ToString(), a.ToString());
    const Context child = a.Child();
    EXPECT_EQ(child.trace_id, a.trace_id);
    EXPECT_NE(child.span_id, a.span_id);
    EXPECT_EQ(Context().Child().ToString(), "");
    EXPECT_FALSE(Context::Parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").Child().sampled);
}

TEST(ScopeTest, NestsAndBelongsToItsThread) {
    EXPECT_EQ(Current().ToString(), "");
    {
        const Scope outer(Context::Parse(kTraceparent));
        EXPECT_EQ(Current().ToString(), kTraceparent);
        {
            const Scope inner(Context::New());
            EXPECT_NE(Current().ToString(), kTraceparent);
        }
        EXPECT_EQ(Current().ToString(), kTraceparent);
        std::thread([] { EXPECT_EQ(Current().ToString(), ""); }).join();
    }
    EXPECT_EQ(Current().ToString(), "");
}

}  // namespace
}  // namespace shouwang::trace
