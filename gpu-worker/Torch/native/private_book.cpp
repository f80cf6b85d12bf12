// The book: which weights it trains, which layers used them, and its exports.
#include "private.h"

using namespace lace;

namespace lace {

void Use::enter() {
  TORCH_CHECK(!closed, "this backward belongs to a forward that the book has closed");
  TORCH_CHECK(!done, "a second backward over one forward would count its gradients twice");
  done = true;
}

void Use::keep(int64_t slot, Tensor gradients) {
  Part part;
  part.slot = slot;
  part.gradients = gradients.reshape({examples, -1}).to(at::kFloat).contiguous();
  part.squares = row_squares(part.gradients);
  parts.push_back(std::move(part));
}

Book::Book(std::vector<Tensor> given) : parameters(std::move(given)) {
  TORCH_CHECK(!parameters.empty(), "a gradient book without parameters");
  for (const auto& parameter : parameters) {
    TORCH_CHECK(parameter.is_contiguous(), "a parameter of a gradient book is contiguous");
    TORCH_CHECK(parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kBFloat16,
        "a parameter of a gradient book is float32 or bfloat16, not ", parameter.scalar_type());
    TORCH_CHECK(!parameter.requires_grad(),
        "a parameter of a gradient book does not require grad: autograd would sum its gradient unclipped");
    TORCH_CHECK(parameter.device() == parameters[0].device(), "the parameters of a gradient book lie on one device");
    TORCH_CHECK(index.emplace(parameter.unsafeGetTensorImpl(), static_cast<int64_t>(sums.size())).second,
        "a gradient book got one parameter twice");
    sums.push_back(at::zeros(parameter.sizes(), parameter.options().dtype(at::kFloat)));
  }
  uses_of.resize(parameters.size());
  dummy = at::zeros({}, parameters[0].options().dtype(at::kFloat)).set_requires_grad(true);
}

void Book::begin(int64_t count) {
  TORCH_CHECK(count >= 0, count, " examples");
  close();
  examples = count;
}

void Book::close() {
  for (auto& use : uses) {
    use->closed = true;
    use->parts.clear();
  }
  uses.clear();
  for (auto& of_slot : uses_of) of_slot.clear();
  groups = 0;
  examples = -1;
}

static std::pair<const char*, const char*> extent(const Tensor& tensor) {
  auto* start = static_cast<const char*>(tensor.data_ptr());
  return {start, start + tensor.nbytes()};
}

int64_t Book::slot_of(const Tensor& tensor) const {
  if (!tensor.defined()) return kFrozen;
  auto found = index.find(tensor.unsafeGetTensorImpl());
  if (found != index.end()) return found->second;
  if (!tensor.has_storage() || tensor.numel() == 0) return kFrozen;

  // Another tensor over the same memory is the same weight, or part of one; taken for frozen it would silently not be trained.
  const auto [start, end] = extent(tensor);
  for (size_t slot = 0; slot < parameters.size(); slot++) {
    const auto [from, to] = extent(parameters[slot]);
    if (start >= to || end <= from || tensor.device() != parameters[slot].device()) continue;
    TORCH_CHECK(start == from && tensor.sizes() == parameters[slot].sizes() && tensor.is_contiguous() &&
            tensor.scalar_type() == parameters[slot].scalar_type(),
        "a weight overlaps parameter ", slot, " of the gradient book without being it");
    return slot;
  }
  return kFrozen;
}

UsePointer Book::open(const Tensor& x, std::initializer_list<int64_t> slots, bool may_tie) {
  TORCH_CHECK(examples >= 0, "a gradient book begins a batch before its forward");
  TORCH_CHECK(at::GradMode::is_enabled(), "a forward with a gradient book records gradients; without, pass no book");
  TORCH_CHECK(x.dim() >= 2 && x.size(0) == examples,
      "dimension 0 of a layer's input counts the examples: ", examples, " were begun, the input is ", x.sizes());
  auto use = c10::make_intrusive<Use>();
  use->examples = examples;
  use->method = method;
  use->group = groups;
  for (auto slot : slots) {
    if (slot == kFrozen) continue;
    auto& others = uses_of[slot];
    TORCH_CHECK(others.empty() || (others.size() == 1 && others[0].second != may_tie),
        "parameter ", slot, " of the gradient book is used more than once in a forward; only an embedding table that is the ",
        "weight of one linear layer too may be");
    if (!others.empty()) use->group = others[0].first->group;
    others.emplace_back(use, may_tie);
  }
  if (use->group == groups) groups++;
  uses.push_back(use);
  return use;
}

}  // namespace lace

static Book& checked(Book* book) {
  TORCH_CHECK(book != nullptr, "a gradient book is missing");
  return *book;
}

LT_STATUS(book_new, (Tensor* const* parameters, int32_t count, Book** made), {
  std::vector<Tensor> given;
  for (int32_t i = 0; i < count; i++) given.push_back(lace::checked(parameters[i]));
  *made = new Book(std::move(given));
  count_handle(1);
})
LT_EXPORT void lt_book_free(Book* book) {
  if (book) {
    count_handle(-1);
    status_of([&] { delete book; });
  }
}
LT_STATUS(book_begin, (Book* book, int64_t examples), checked(book).begin(examples))
LT_STATUS(book_set_method, (Book* book, int64_t method), checked(book).method = method)
LT_TENSOR(book_sum, (Book* book, int32_t slot), checked(book).sums.at(slot))
LT_STATUS(book_zero, (Book* book), for (auto& sum : checked(book).sums) sum.zero_())

// norms and factors have room for as many numbers as examples were begun; counts gets how many were cut, and how many masked.
LT_STATUS(book_finish, (Book* book, int32_t clipping, double norm, double gamma, float* norms, float* factors, int64_t* counts),
    checked(book).finish(static_cast<Clipping>(clipping), norm, gamma, norms, factors, counts))
