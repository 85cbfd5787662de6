// What a receipt proves: hashes over the rows exactly as they came. Specified in README.md ("What a
// receipt proves"), so that a sender recomputes them with any SHA-256 and no part of this project.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/crypto/crypto.h"

namespace shouwang::gateway::feed {

inline constexpr std::uint32_t kChunkRows = 1000;

// Row hashes are SHA-256 over an image: kind byte, then what belongs to the kind. Reuses its
// buffer; one a thread.
class RowHasher {
public:
    // A CSV's header record takes part in every row's image: the same cells under other columns are
    // another content.
    void SetHeader(std::string_view record);
    std::string OfMessage(std::string_view row, std::uint32_t revision, bool retract);
    std::string OfText(std::string_view record);
    // A record too long to be held: record_sha256 was computed while it went past.
    std::string OfLongText(std::string_view record_sha256);

private:
    std::string header_;  // SHA-256 of the header record, or empty
    std::string image_;
};

struct ChunkDigest {
    std::uint32_t chunk = 0;
    std::uint32_t rows = 0;
    std::uint32_t rejected = 0;
    std::string digest;       // SHA-256 over the row hashes of the chunk, in sequence
    std::string merkle_root;  // RFC 6962 tree whose leaves are the row hashes

    bool SameContent(const ChunkDigest& other) const {
        return rows == other.rows && digest == other.digest;
    }
};

class ChunkHasher {
public:
    void Add(std::string_view row_hash) {
        hashes_ += row_hash;
        tree_.Add(row_hash);
    }
    // Digest of what was added; begins the next chunk.
    ChunkDigest Finish(std::uint32_t chunk, std::uint32_t rejected);

private:
    std::string hashes_;
    crypto::MerkleTree tree_;
};

// Over all chunks of a batch, in order.
class BatchHasher {
public:
    void Add(const ChunkDigest& chunk);
    std::int64_t rows() const { return rows_; }
    std::int64_t rejected() const { return rejected_; }
    std::string ContentHash() const;  // hex SHA-256 over the chunk digests
    std::string MerkleRoot() const {
        return tree_.Root();
    }  // RFC 6962 tree whose leaves are the chunk roots

private:
    std::string digests_;
    crypto::MerkleTree tree_;
    std::int64_t rows_ = 0, rejected_ = 0;
};

}  // namespace shouwang::gateway::feed
