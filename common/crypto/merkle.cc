#include "common/crypto/crypto.h"

namespace shouwang::crypto {
namespace {

std::string Prefixed(char prefix, std::string_view left, std::string_view right = {}) {
    std::string data;
    data.reserve(1 + left.size() + right.size());
    data += prefix;
    data += left;
    data += right;
    return Sha256(data);
}

}  // namespace

void MerkleTree::Add(std::string_view leaf) {
    std::pair<int, std::string> node(0, Prefixed('\x00', leaf));
    while (!stack_.empty() && stack_.back().first == node.first) {
        node = {node.first + 1, Prefixed('\x01', stack_.back().second, node.second)};
        stack_.pop_back();
    }
    stack_.push_back(std::move(node));
}

std::string MerkleTree::Root() const {
    if (stack_.empty()) return Sha256("");
    // Full subtrees stand in the stack from the highest to the lowest; the incomplete right edge hangs on them from the right.
    std::string root = stack_.back().second;
    for (std::size_t i = stack_.size() - 1; i-- > 0;) {
        root = Prefixed('\x01', stack_[i].second, root);
    }
    return root;
}

}  // namespace shouwang::crypto
