#include "kernels.h"

#include <ATen/ATen.h>
#include <dlfcn.h>

#include <cstring>

namespace lace {
namespace {

constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

#define LT_INLINE inline __attribute__((always_inline))

LT_INLINE Lanes load(const float* from) { return *reinterpret_cast<const Lanes*>(from); }
LT_INLINE void store(float* to, Lanes value) { *reinterpret_cast<Lanes*>(to) = value; }

// Lanes in float for so many products at most, then on in double: the error stays that of a single product.
constexpr int64_t kRun = 64 * kLanes;

LT_INLINE double dot_body(const float* a, const float* b, int64_t count) {
  double total = 0;
  int64_t i = 0;
  while (i + kLanes <= count) {
    Lanes one = {}, other = {};
    const int64_t end = i + kRun < count ? i + kRun : count;
    for (; i + 2 * kLanes <= end; i += 2 * kLanes) {
      one += load(a + i) * load(b + i);
      other += load(a + i + kLanes) * load(b + i + kLanes);
    }
    if (i + kLanes <= end) {
      one += load(a + i) * load(b + i);
      i += kLanes;
    }
    one += other;
    double run = 0;
    for (int64_t lane = 0; lane < kLanes; lane++) run += one[lane];
    total += run;
  }
  for (; i < count; i++) total += static_cast<double>(a[i]) * b[i];
  return total;
}

LT_INLINE void add_scaled_body(float* y, float factor, const float* x, int64_t count) {
  int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(y + i, load(y + i) + factor * load(x + i));
  for (; i < count; i++) y[i] += factor * x[i];
}

LT_INLINE void add_weighted_rows_body(
    float* sum, const float* rows, int64_t count, int64_t stride, const float* factors, int64_t width) {
  int64_t i = 0;
  for (; i + 4 * kLanes <= width; i += 4 * kLanes) {
    Lanes a = load(sum + i), b = load(sum + i + kLanes), c = load(sum + i + 2 * kLanes), d = load(sum + i + 3 * kLanes);
    for (int64_t r = 0; r < count; r++) {
      if (factors[r] == 0) continue;
      const float* row = rows + r * stride + i;
      a += factors[r] * load(row);
      b += factors[r] * load(row + kLanes);
      c += factors[r] * load(row + 2 * kLanes);
      d += factors[r] * load(row + 3 * kLanes);
    }
    store(sum + i, a), store(sum + i + kLanes, b), store(sum + i + 2 * kLanes, c), store(sum + i + 3 * kLanes, d);
  }
  for (; i < width; i++) {
    for (int64_t r = 0; r < count; r++) {
      if (factors[r] != 0) sum[i] += factors[r] * rows[r * stride + i];
    }
  }
}

LT_INLINE void norm_gradients_body(float* gamma, float* beta, const float* gradient, const float* x, const float* mean,
    const float* rstd, int64_t rows, int64_t width) {
  for (int64_t r = 0; r < rows; r++) {
    const float *g = gradient + r * width, *v = x + r * width;
    const float shift = mean ? mean[r] : 0, scale = rstd[r];
    int64_t i = 0;
    for (; i + kLanes <= width; i += kLanes) {
      const Lanes from = load(g + i);
      store(gamma + i, load(gamma + i) + from * ((load(v + i) - shift) * scale));
      if (beta) store(beta + i, load(beta + i) + from);
    }
    for (; i < width; i++) {
      gamma[i] += g[i] * ((v[i] - shift) * scale);
      if (beta) beta[i] += g[i];
    }
  }
}

}  // namespace

// One body, compiled for each width of vectors; which one runs is asked of the processor once.
#if defined(__x86_64__)
enum class Width { base, avx2, avx512 };
static const Width width_of_processor = [] {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")) return Width::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Width::avx2;
  return Width::base;
}();

#define LT_KERNEL(result, name, parameters, arguments)                                                                  \
  __attribute__((target("avx512f,avx512vl,fma"))) static result name##_512 parameters { return name##_body arguments; } \
  __attribute__((target("avx2,fma"))) static result name##_256 parameters { return name##_body arguments; }             \
  static result name##_128 parameters { return name##_body arguments; }                                                 \
  result name parameters {                                                                                              \
    switch (width_of_processor) {                                                                                       \
      case Width::avx512: return name##_512 arguments;                                                                  \
      case Width::avx2: return name##_256 arguments;                                                                    \
      default: return name##_128 arguments;                                                                             \
    }                                                                                                                   \
  }
#else
#define LT_KERNEL(result, name, parameters, arguments) \
  result name parameters { return name##_body arguments; }
#endif

LT_KERNEL(double, dot, (const float* a, const float* b, int64_t count), (a, b, count))
LT_KERNEL(void, add_scaled, (float* y, float factor, const float* x, int64_t count), (y, factor, x, count))
LT_KERNEL(void, add_weighted_rows,
    (float* sum, const float* rows, int64_t count, int64_t stride, const float* factors, int64_t width),
    (sum, rows, count, stride, factors, width))
LT_KERNEL(void, norm_gradients,
    (float* gamma, float* beta, const float* gradient, const float* x, const float* mean, const float* rstd, int64_t rows,
        int64_t width),
    (gamma, beta, gradient, x, mean, rstd, rows, width))

double sum_of_squares(const float* values, int64_t count) { return dot(values, values, count); }

typedef void (*Sgemm)(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
    const float*, const int*, const float*, float*, const int*);

// Null where libtorch keeps its BLAS to itself.
static const Sgemm sgemm = [] {
  Dl_info self{};
  Sgemm found = nullptr;
  if (dladdr(reinterpret_cast<void*>(&sum_of_squares), &self)) {
    if (void* scope = dlopen(self.dli_fname, RTLD_NOLOAD | RTLD_LAZY)) {
      found = reinterpret_cast<Sgemm>(dlsym(scope, "sgemm_"));
      dlclose(scope);
    }
  }
  return found;
}();

void transposed_product(float* c, const float* a, const float* b, int64_t depth, int64_t rows, int64_t columns) {
  constexpr int64_t kLargest = INT32_MAX;
  if (sgemm && depth <= kLargest && rows <= kLargest && columns <= kLargest) {
    const int m = columns, n = rows, k = depth;
    const float one = 1, zero = 0;
    sgemm("N", "T", &m, &n, &k, &one, b, &m, a, &n, &zero, c, &m);
    return;
  }
  auto out = at::from_blob(c, {rows, columns});
  at::mm_out(out, at::from_blob(const_cast<float*>(a), {depth, rows}).t(), at::from_blob(const_cast<float*>(b), {depth, columns}));
}

}  // namespace lace
