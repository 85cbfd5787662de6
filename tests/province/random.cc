#include "tests/province/random.h"

#include <cmath>

namespace shouwang::province {

double PortableExp(double x) {
    constexpr double kLn2 = 0.693147180559945309417;
    const int power = static_cast<int>(x / kLn2 + (x < 0 ? -0.5 : 0.5));
    const double rest =
        x - power * kLn2;  // |rest| <= ln 2 / 2: sixteen terms are exact to the last digits
    double term = 1.0, sum = 1.0;
    for (int i = 1; i < 16; ++i) {
        term = term * rest / i;
        sum += term;
    }
    return std::ldexp(sum, power);
}

}  // namespace shouwang::province
