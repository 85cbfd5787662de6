// Lists: page sizes and opaque page tokens, MAC-ed and bound to the filter they were made for.
#pragma once

#include <string>
#include <string_view>

#include <google/protobuf/message.h>

#include "common/base/status.h"

namespace shouwang::model {

// 0 → 50, > 1000 → 1000, < 0 → INVALID_ARGUMENT.
Result<int> PageSize(int wanted);

class PageTokens {
public:
    explicit PageTokens(std::string key);
    // position: the keyset of the last row; filter: the request (its page_size and page_token are
    // ignored).
    std::string Make(std::string_view position, const google::protobuf::Message& filter) const;
    // Position of a token; empty where the token is empty. INVALID_ARGUMENT "PAGE_TOKEN" where it
    // was made by another or for another filter.
    Result<std::string> Read(const google::protobuf::Message& filter) const;

private:
    std::string key_;
};

}  // namespace shouwang::model
