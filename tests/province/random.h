// The simulator's own random numbers. Every draw is keyed (seed, what it is about), so a result
// never depends on threads, on the order of generation or on the C library: no std:: distribution,
// no libm.
#pragma once

#include <cstdint>

namespace shouwang::province {

inline std::uint64_t Mix(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15ull;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

// e^x for |x| < 30, the same bits on every machine.
double PortableExp(double x);

// SplitMix64 with a keyed start.
class Random {
public:
    explicit Random(std::uint64_t seed, std::uint64_t a = 0, std::uint64_t b = 0,
                    std::uint64_t c = 0)
        : state_(Mix(Mix(Mix(Mix(seed) ^ a) ^ b) ^ c)) {}

    std::uint64_t Next() {
        state_ += 0x9e3779b97f4a7c15ull;
        std::uint64_t x = state_;
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
        return x ^ (x >> 31);
    }
    // [0, 1)
    double Unit() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
    bool Chance(double p) { return Unit() < p; }
    // [0, n)
    std::uint32_t Below(std::uint32_t n) {
        return static_cast<std::uint32_t>(((Next() >> 32) * n) >> 32);
    }
    // [low, high]
    int Between(int low, int high) {
        return low + static_cast<int>(Below(static_cast<std::uint32_t>(high - low + 1)));
    }
    // Mean 0, deviation 1: twelve uniform draws added up.
    double Normal() {
        double sum = -6.0;
        for (int i = 0; i < 12; ++i) sum += Unit();
        return sum;
    }
    double LogNormal(double median, double sigma) { return median * PortableExp(sigma * Normal()); }

private:
    std::uint64_t state_;
};

}  // namespace shouwang::province
