#include "services/gateway/feed/content_hash.h"

#include "common/base/bytes.h"

namespace shouwang::gateway::feed {

void RowHasher::SetHeader(std::string_view record) { header_ = crypto::Sha256(record); }

std::string RowHasher::OfMessage(std::string_view row, std::uint32_t revision, bool retract) {
    image_.assign(1, 'P');
    for (int shift = 24; shift >= 0; shift -= 8) image_ += static_cast<char>(revision >> shift);
    image_ += retract ? '\1' : '\0';
    image_ += row;
    return crypto::Sha256(image_);
}

std::string RowHasher::OfText(std::string_view record) {
    image_.assign(1, 'T');
    image_ += header_;
    image_ += record;
    return crypto::Sha256(image_);
}

std::string RowHasher::OfLongText(std::string_view record_sha256) {
    image_.assign(1, 'L');
    image_ += header_;
    image_ += record_sha256;
    return crypto::Sha256(image_);
}

ChunkDigest ChunkHasher::Finish(std::uint32_t chunk, std::uint32_t rejected) {
    ChunkDigest out{chunk, static_cast<std::uint32_t>(hashes_.size() / 32), rejected,
                    crypto::Sha256(hashes_), tree_.Root()};
    hashes_.clear();
    tree_ = {};
    return out;
}

void BatchHasher::Add(const ChunkDigest& chunk) {
    digests_ += chunk.digest;
    tree_.Add(chunk.merkle_root);
    rows_ += chunk.rows;
    rejected_ += chunk.rejected;
}

std::string BatchHasher::ContentHash() const { return HexEncode(crypto::Sha256(digests_)); }

}  // namespace shouwang::gateway::feed
