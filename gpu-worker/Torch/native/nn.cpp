// The functions of layers.
#include "shim.h"

#include <torch/version.h>

using namespace lace;

LT_TENSOR(linear, (In x, In weight, Maybe bias), at::linear(*x, *weight, bias.value()))
LT_TENSOR(embedding, (In weight, In indices), at::embedding(*weight, *indices))
LT_TENSOR(layer_norm, (In x, const int64_t* shape, int32_t n, Maybe weight, Maybe bias, double eps),
    at::layer_norm(*x, ints(shape, n), weight.value(), bias.value(), eps))
LT_TENSOR(softmax, (In x, int64_t dim), at::softmax(*x, dim))
LT_TENSOR(log_softmax, (In x, int64_t dim), at::log_softmax(*x, dim))
LT_TENSOR(relu, (In x), at::relu(*x))
LT_TENSOR(silu, (In x), at::silu(*x))
LT_TENSOR(gelu, (In x, int32_t tanh), at::gelu(*x, tanh ? "tanh" : "none"))
LT_TENSOR(dropout, (In x, double p, int32_t training), at::dropout(*x, p, training != 0))

// reduction as in ATen: 0 none, 1 mean, 2 sum.
LT_TENSOR(cross_entropy, (In x, In target, Maybe weight, int64_t reduction, int64_t ignore_index),
    at::cross_entropy_loss(*x, *target, weight.value(), reduction, ignore_index))
LT_TENSOR(nll_loss, (In x, In target, Maybe weight, int64_t reduction, int64_t ignore_index),
    at::nll_loss_nd(*x, *target, weight.value(), reduction, ignore_index))

#if TORCH_VERSION_MAJOR >= 2
template <class Mask>
static Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Mask& mask, double p, bool causal) {
  return at::scaled_dot_product_attention(q, k, v, mask, p, causal);
}
#else
template <class Mask>
static Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Mask& mask, double p, bool causal) {
  return std::get<0>(at::_scaled_dot_product_attention(q, k, v, mask, p, false, causal));
}
#endif

LT_TENSOR(scaled_dot_product_attention, (In q, In k, In v, Maybe mask, double p, int32_t causal),
    mask.tensor ? attention(*q, *k, *v, mask.value(), p, causal != 0) : attention(*q, *k, *v, c10::nullopt, p, causal != 0))
