using Lace.Torch;
using Lace.Torch.Interop;

namespace Lace.SystemTests.Torch;

[Collection(nameof(Torch))]
public sealed class LibraryTests
{
    [Fact]
    public void Says_how_to_build_a_shim_that_is_missing()
    {
        var folder = Directory.CreateTempSubdirectory("lace-torch-");
        try
        {
            var missing = Assert.Throws<DllNotFoundException>(() => ShimLibrary.Load(folder.FullName));
            Assert.Contains(folder.FullName, missing.Message, StringComparison.Ordinal);
            Assert.Contains("./run setup", missing.Message, StringComparison.Ordinal);
            File.WriteAllText(Path.Combine(folder.FullName, "liblace_torch.so"), "no library");
            var broken = Assert.Throws<DllNotFoundException>(() => ShimLibrary.Load(folder.FullName));
            Assert.Contains("does not load", broken.Message, StringComparison.Ordinal);
            Assert.Contains("./run setup", broken.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Knows_its_BLAS_and_refuses_to_measure_on_the_reference_one()
    {
        var loaded = Blas.Loaded;
        TestContext.Current.TestOutputHelper!.WriteLine($"libtorch {torch.version}, {loaded}");
        Assert.NotEmpty(loaded.Name);
        Assert.Equal(loaded.File.Contains("/blas/libblas.so", StringComparison.Ordinal), loaded.IsReference);
        Assert.Throws<InvalidOperationException>(new Blas("reference", "/usr/lib/libblas.so.3").RefuseReference);
        new Blas("openblas-openmp", "/usr/lib/libopenblas.so").RefuseReference();
    }

    [Fact]
    public void Threads_are_as_many_as_were_set()
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(2);
        Assert.Equal(2, torch.get_num_threads());
        torch.set_num_threads(before);
    }
}
