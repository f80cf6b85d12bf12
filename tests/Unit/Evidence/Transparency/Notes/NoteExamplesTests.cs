using System.Text;
using System.Text.RegularExpressions;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Tests.Evidence.Transparency.Notes;

/// <summary>The examples of docs/formats/proofs.md, made with Python's cryptography, are what they say.</summary>
public sealed class NoteExamplesTests
{
    [Fact]
    public void The_proof_on_the_page_holds_under_the_policy_on_the_page()
    {
        Assert.True(TlogProof.TryParse(Example("tlog-proof"), out var proof));
        Assert.True(TlogPolicy.TryParse(Example("tlog-policy"), out var policy, out _));
        Assert.True(proof.Verify(MerkleTree.HashLeaf("example"u8), policy).IsIncluded);
        Assert.False(proof.Verify(MerkleTree.HashLeaf("another"u8), policy).IsIncluded);
    }

    [Theory]
    [InlineData(nameof(SignedNote.MaxBytes), SignedNote.MaxBytes)]
    [InlineData(nameof(SignedNote.MaxSignatures), SignedNote.MaxSignatures)]
    [InlineData(nameof(TlogPolicy.MaxBytes), TlogPolicy.MaxBytes)]
    public void The_page_states_the_limits(string name, int limit) =>
        Assert.True(Page().Contains($"{limit:N0}", StringComparison.Ordinal), name);

    private static byte[] Example(string language) =>
        Encoding.UTF8.GetBytes(
            Regex
                .Match(Page(), $"```{language}\n(.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1))
                .Groups[1]
                .Value
        );

    private static string Page() =>
        File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "formats", "proofs.md"));
}
