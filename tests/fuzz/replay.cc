// main() of a fuzz target without libFuzzer: every file of its corpus, then deterministic mutations of them.
//
//   fuzz_<name>          corpus and mutations (SHOUWANG_FUZZ_MUTATIONS changes how many)
//   fuzz_<name> FILE…    these inputs only
// The input that ends the process is kept as fuzz_<name>.failed in the build's folder, and named.
#include <sanitizer/common_interface_defs.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

std::string running;  // the input that is being tried
std::string failed;   // where it is kept

void Keep() {
    std::ofstream(failed, std::ios::binary) << running;
    std::fprintf(stderr, "the input is kept: %s (%zu bytes)\n", failed.c_str(), running.size());
}

void KeepAndAbort(int) {
    Keep();
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

void Try(std::string input) {
    running = std::move(input);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(running.data()), running.size());
}

std::string Read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        std::exit(2);
    }
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> ReadCorpus(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        paths.push_back(entry.path());
    std::sort(paths.begin(), paths.end());
    std::vector<std::string> corpus;
    for (const auto& path : paths) corpus.push_back(Read(path));
    return corpus;
}

// A few changes of the kinds that readers trip over.
class Mutator {
public:
    explicit Mutator(const std::vector<std::string>& corpus) : corpus_(corpus) {}

    std::string Next() {
        std::string text = Pick(corpus_);
        for (unsigned changes = 1 + Below(4); changes > 0; --changes) Change(text);
        return text;
    }

private:
    // Not std::uniform_int_distribution: its numbers differ from library to library.
    std::size_t Below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
    const std::string& Pick(const std::vector<std::string>& from) {
        return from[Below(from.size())];
    }

    void Change(std::string& text) {
        static const std::vector<std::string> kPieces{
            std::string(1, '\0'), "\n", "\r\n", "\"", "\"\"", ",", "{", "}", "[", "\\u0000", "\xFF\xFF", "\xEF\xBB\xBF", "\x1f\x8b", "%00", "%2e%2e/",
            "../", "-", "99999999999999999999", "\x84\x31\xA4\x37", "\xE7\x9C", "()", "!", "&&", " "};
        const std::size_t at = Below(text.size() + 1);
        const std::size_t length = Below(std::min<std::size_t>(text.size() - at, 64) + 1);
        switch (Below(7)) {
            case 0:
                if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << Below(8)));
                return;
            case 1:
                if (at < text.size()) text[at] = static_cast<char>(Below(256));
                return;
            case 2:
                text.erase(at, length);
                return;
            case 3:
                text.insert(at, Pick(kPieces));
                return;
            case 4:
                text.insert(at, text.substr(at, length));
                return;
            case 5: {
                const std::string& other = Pick(corpus_);
                text = text.substr(0, at) + other.substr(Below(other.size() + 1));
                return;
            }
            default:
                text.resize(at);
        }
    }

    const std::vector<std::string>& corpus_;
    std::mt19937 random_{20210630};
};

}  // namespace

int main(int argc, char** argv) {
    const std::string target = std::filesystem::path(argv[0]).filename();  // fuzz_<name>
    failed = FUZZ_BUILD "/" + target + ".failed";
    std::signal(SIGABRT, KeepAndAbort);
    __sanitizer_set_death_callback(Keep);
    if (argc > 1) {
        for (int i = 1; i < argc; ++i) Try(Read(argv[i]));
        return 0;
    }
    const std::vector<std::string> corpus =
        ReadCorpus(std::filesystem::path(FUZZ_CORPUS) / target.substr(target.find('_') + 1));
    if (corpus.empty()) {
        std::fprintf(stderr, "%s has no corpus\n", target.c_str());
        return 2;
    }
    for (const std::string& input : corpus) Try(input);
    const char* wanted = std::getenv("SHOUWANG_FUZZ_MUTATIONS");
    const long mutations = wanted != nullptr ? std::atol(wanted) : shouwang::fuzz::kMutations;
    Mutator mutator(corpus);
    for (long i = 0; i < mutations; ++i) Try(mutator.Next());
    std::printf("%zu files, %ld mutations\n", corpus.size(), mutations);
    return 0;
}
