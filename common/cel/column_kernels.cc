#include "common/cel/column_kernels_body.inc"

namespace shouwang::cel {

#ifdef SW_CEL_AVX2
const ColumnKernels& Avx2Kernels();  // column_kernels_avx2.cc
#endif

const ColumnKernels& PlainKernels() { return kKernels; }

const ColumnKernels& BestKernels() {
#ifdef SW_CEL_AVX2
    static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
                             __builtin_cpu_supports("popcnt");
    if (wide) return Avx2Kernels();
#endif
    return kKernels;
}

}  // namespace shouwang::cel
