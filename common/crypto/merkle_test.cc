#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/crypto/crypto.h"

namespace shouwang::crypto {
namespace {

// RFC 6962, 2.1, word for word.
std::string Reference(const std::vector<std::string>& leaves) {
    if (leaves.empty()) return Sha256("");
    if (leaves.size() == 1) return Sha256(std::string(1, '\x00') + leaves[0]);
    std::size_t k = 1;
    while (k * 2 < leaves.size()) k *= 2;
    const auto middle = leaves.begin() + static_cast<std::ptrdiff_t>(k);
    return Sha256("\x01" + Reference({leaves.begin(), middle}) + Reference({middle, leaves.end()}));
}

// The inputs and roots of Certificate Transparency's own tests.
TEST(MerkleTreeTest, VectorsOfCertificateTransparency) {
    const char* const leaves[] = {"",
                                  "00",
                                  "10",
                                  "2021",
                                  "3031",
                                  "40414243",
                                  "5051525354555657",
                                  "606162636465666768696a6b6c6d6e6f"};
    const char* const roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                 "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                 "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                 "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                 "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                 "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                 "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                 "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
    MerkleTree tree;
    EXPECT_EQ(tree.Root(), Sha256(""));
    for (std::size_t i = 0; i < std::size(leaves); ++i) {
        tree.Add(*HexDecode(leaves[i]));
        EXPECT_EQ(HexEncode(tree.Root()), roots[i]) << i + 1;
    }
}

TEST(MerkleTreeTest, AgreesWithTheDefinitionAtEverySize) {
    MerkleTree tree;
    std::vector<std::string> leaves;
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(tree.Root(), Reference(leaves)) << i;
        leaves.push_back("row " + std::to_string(i));
        tree.Add(leaves.back());
    }
}

TEST(MerkleTreeTest, OrderAndContentMatter) {
    const auto root = [](const std::vector<std::string>& leaves) {
        MerkleTree tree;
        for (const auto& leaf : leaves) tree.Add(leaf);
        return tree.Root();
    };
    EXPECT_NE(root({"a", "b", "c"}), root({"b", "a", "c"}));
    EXPECT_NE(root({"a", "b", "c"}), root({"a", "b", "c", "c"}));
    EXPECT_NE(root({"ab"}), root({"a", "b"}));
    // A node cannot be passed off as a leaf.
    EXPECT_NE(root({root({"a"}) + root({"b"})}), root({"a", "b"}));
}

}  // namespace
}  // namespace shouwang::crypto
