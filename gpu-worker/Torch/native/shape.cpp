// Views, copies in another order, selection and concatenation.
#include "shim.h"

using namespace lace;

LT_TENSOR(reshape, (In a, const int64_t* sizes, int32_t n), a->reshape(ints(sizes, n)))
LT_TENSOR(view, (In a, const int64_t* sizes, int32_t n), a->view(ints(sizes, n)))
LT_TENSOR(expand, (In a, const int64_t* sizes, int32_t n), a->expand(ints(sizes, n)))
LT_TENSOR(permute, (In a, const int64_t* order, int32_t n), a->permute(ints(order, n)))
LT_TENSOR(transpose, (In a, int64_t first, int64_t second), a->transpose(first, second))
LT_TENSOR(t, (In a), a->t())
LT_TENSOR(unsqueeze, (In a, int64_t dim), a->unsqueeze(dim))
LT_TENSOR(squeeze, (In a, int64_t dim), a->squeeze(dim))
LT_TENSOR(flatten, (In a, int64_t first, int64_t last), a->flatten(first, last))
LT_TENSOR(contiguous, (In a), a->contiguous())
LT_TENSOR(select, (In a, int64_t dim, int64_t index), a->select(dim, index))
LT_TENSOR(narrow, (In a, int64_t dim, int64_t start, int64_t length), a->narrow(dim, start, length))
LT_TENSOR(repeat_interleave, (In a, int64_t repeats, int64_t dim), a->repeat_interleave(repeats, dim))
LT_TENSOR(index_select, (In a, int64_t dim, In index), a->index_select(dim, *index))
LT_TENSOR(gather, (In a, int64_t dim, In index), a->gather(dim, *index))
LT_STATUS(index_add_, (In a, int64_t dim, In index, In source), a->index_add_(dim, *index, *source))
LT_TENSOR(tril, (In a, int64_t diagonal), at::tril(*a, diagonal))
LT_TENSOR(triu, (In a, int64_t diagonal), at::triu(*a, diagonal))

static std::vector<Tensor> list(Tensor* const* handles, int32_t count) {
  std::vector<Tensor> tensors;
  tensors.reserve(count);
  for (int32_t i = 0; i < count; i++) tensors.push_back(checked(handles[i]));
  return tensors;
}

LT_TENSOR(cat, (Tensor* const* tensors, int32_t count, int64_t dim), at::cat(list(tensors, count), dim))
LT_TENSOR(stack, (Tensor* const* tensors, int32_t count, int64_t dim), at::stack(list(tensors, count), dim))

// Writes as many handles as there are chunks, at most `count`.
LT_STATUS(chunk, (In a, int32_t count, int64_t dim, Tensor** chunks, int32_t* written), {
  auto made = a->chunk(count, dim);
  *written = 0;
  for (auto& chunk : made) chunks[(*written)++] = box(std::move(chunk));
})
