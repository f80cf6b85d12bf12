// Memory of large tensors on the CPU, kept for the next tensor of its size.
//
// A training step frees what it took, and the next one takes the same again. From malloc that is a page fault for every 4 kB,
// a quarter of a small step, and holes: per-example gradients do not fit into those that activations left. Kept blocks are
// given back as soon as blocks in use and kept ones together pass by a tenth what was ever in use at once, so that no change of
// shapes piles memory up.
#include <c10/core/CPUAllocator.h>
#include <c10/util/Exception.h>
#include <sys/mman.h>
#include <torch/version.h>

#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

// The interface is another in libtorch 2, which stays with its own memory.
#if TORCH_VERSION_MAJOR < 2

namespace lace {
namespace {

constexpr size_t kLarge = 1 << 16;
constexpr size_t kPage = 4096;
constexpr size_t kSlack = 16 << 20;

class Blocks {
 public:
  void* take(size_t bytes) {
    const size_t size = rounded(bytes);
    std::lock_guard<std::mutex> lock(mutex);
    void* block = pop(size);
    if (block == nullptr) {
      shrink(size);
      block = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      TORCH_CHECK(block != MAP_FAILED, "not enough memory for a tensor of ", bytes, " bytes");
    }
    in_use += size;
    most_in_use = std::max(most_in_use, in_use);
    sizes.emplace(block, size);
    return block;
  }

  // False for memory of another kind.
  bool give_back(void* block) {
    std::lock_guard<std::mutex> lock(mutex);
    auto found = sizes.find(block);
    if (found == sizes.end()) return false;
    const size_t size = found->second;
    sizes.erase(found);
    in_use -= size;
    kept[size].push_back(block);
    bytes_kept += size;
    shrink(0);
    return true;
  }

 private:
  // Up to a sixteenth more, so that neighbouring sizes share their blocks.
  static size_t rounded(size_t bytes) {
    size_t step = kPage;
    while (step * 32 <= bytes) step *= 2;
    return (bytes + step - 1) / step * step;
  }

  void* pop(size_t size) {
    auto found = kept.find(size);
    if (found == kept.end() || found->second.empty()) return nullptr;
    void* block = found->second.back();
    found->second.pop_back();
    bytes_kept -= size;
    return block;
  }

  // Largest first: fewest calls.
  void shrink(size_t wanted) {
    const size_t most = std::max(most_in_use, in_use + wanted);
    for (auto of_size = kept.rbegin(); of_size != kept.rend(); ++of_size) {
      while (!of_size->second.empty() && in_use + bytes_kept + wanted > most + most / 10 + kSlack) {
        munmap(of_size->second.back(), of_size->first);
        of_size->second.pop_back();
        bytes_kept -= of_size->first;
      }
    }
  }

  std::mutex mutex;
  std::unordered_map<void*, size_t> sizes;       // in use
  std::map<size_t, std::vector<void*>> kept;
  size_t in_use = 0, most_in_use = 0, bytes_kept = 0;
};

// Never destroyed: tensors may outlive every static.
Blocks& blocks() {
  static auto* const all = new Blocks();
  return *all;
}

void free_block(void* block) { blocks().give_back(block); }
void free_any(void* memory) {
  if (!blocks().give_back(memory)) c10::GetDefaultCPUAllocator()->raw_deleter()(memory);
}

struct Keeping final : c10::Allocator {
  c10::DataPtr allocate(size_t bytes) const override {
    if (bytes < kLarge) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    void* block = blocks().take(bytes);
    return {block, block, &free_block, c10::Device(c10::kCPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_any; }
};

const bool installed = [] {
  static Keeping keeping;
  c10::SetCPUAllocator(&keeping, 1);
  return true;
}();

}  // namespace
}  // namespace lace

#endif
