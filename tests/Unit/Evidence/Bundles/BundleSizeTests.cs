using System.Text;
using Lace.Evidence.Bundles;
using Lace.Tests.Cryptography;

namespace Lace.Tests.Evidence.Bundles;

public sealed class BundleSizeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_largest_statements_with_the_longest_proofs_fit(bool filter)
    {
        var bundle = LargestBundle.Make(filter: filter);
        var bytes = bundle.Write();
        foreach (var (statement, kind) in bundle.Statements.Zip(BundleChecks.Kinds))
        {
            Vectors.Print($"{kind}: payload {statement.Signed.Payload.Length} bytes");
        }

        Vectors.Print($"checkpoint: {Encoding.UTF8.GetByteCount(bundle.Checkpoint)} bytes");
        Vectors.Print($"the largest bundle: {bytes.Length} bytes of {EvidenceBundle.MaxBytes}");
        Assert.InRange(bytes.Length, 1, EvidenceBundle.MaxBytes);
        Assert.NotNull(EvidenceBundle.Parse(bytes, out _));
    }
}
