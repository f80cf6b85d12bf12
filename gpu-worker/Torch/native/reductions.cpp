// Sums, extremes, order.
#include "shim.h"

using namespace lace;

// No dimensions: over all of them.
LT_TENSOR(sum, (In a, const int64_t* dims, int32_t n, int32_t keep), n ? a->sum(ints(dims, n), keep != 0) : a->sum())
LT_TENSOR(mean, (In a, const int64_t* dims, int32_t n, int32_t keep), n ? a->mean(ints(dims, n), keep != 0) : a->mean())
LT_TENSOR(norm, (In a, Number p, const int64_t* dims, int32_t n, int32_t keep), n ? a->norm(*p, ints(dims, n), keep != 0) : a->norm(*p))
LT_TENSOR(amax, (In a, const int64_t* dims, int32_t n, int32_t keep), a->amax(ints(dims, n), keep != 0))
LT_TENSOR(amin, (In a, const int64_t* dims, int32_t n, int32_t keep), a->amin(ints(dims, n), keep != 0))
LT_TENSOR(argmax, (In a, int64_t dim, int32_t keep), a->argmax(dim, keep != 0))
LT_TENSOR(cumsum, (In a, int64_t dim), a->cumsum(dim))
LT_TENSOR(logsumexp, (In a, const int64_t* dims, int32_t n, int32_t keep), a->logsumexp(ints(dims, n), keep != 0))
LT_TENSOR(all, (In a), a->all())
LT_TENSOR(any, (In a), a->any())

LT_STATUS(topk, (In a, int64_t k, int64_t dim, Tensor** values, Tensor** indices), {
  auto found = a->topk(k, dim);
  *values = box(std::get<0>(found));
  *indices = box(std::get<1>(found));
})

LT_STATUS(sort, (In a, int64_t dim, int32_t descending, Tensor** values, Tensor** indices), {
  auto sorted = a->sort(dim, descending != 0);
  *values = box(std::get<0>(sorted));
  *indices = box(std::get<1>(sorted));
})
