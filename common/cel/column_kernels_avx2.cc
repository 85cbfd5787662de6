// compiled with -mavx2 -mbmi2 -mpopcnt (CMakeLists.txt); runs only where BestKernels() finds that.
#include "common/cel/column_kernels_body.inc"

namespace shouwang::cel {

const ColumnKernels& Avx2Kernels();
const ColumnKernels& Avx2Kernels() { return kKernels; }

}  // namespace shouwang::cel
