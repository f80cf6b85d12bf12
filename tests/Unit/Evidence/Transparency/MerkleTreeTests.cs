using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Transparency;

public sealed class MerkleTreeTests
{
    /// <summary>
    /// Vectors that are accepted elsewhere and refused here: a root of 12 bytes, where every hash of ours has 32, and subtrees
    /// of no leaves, whose head we do not define.
    /// </summary>
    private static readonly HashSet<string> StricterThanTheVectors =
    [
        "subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json",
        "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-one-subtree-root-valid-proof-is-empty.json",
        "subtreeconsistency/additional/subtree-is-empty-sizes-are-equal-zero-subtree-root-valid-proof-is-empty.json",
        "subtreeconsistency/additional/subtree-is-empty-subtree-root-valid-proof-is-empty.json",
    ];

    [Fact]
    public void Has_the_heads_of_the_published_tree()
    {
        // The leaves and heads of the tree that Certificate Transparency's own tests use.
        string[] leaves =
        [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        var hashes = leaves.Select(leaf => MerkleTree.HashLeaf(Convert.FromHexString(leaf))).ToArray();

        Assert.Equal(
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            MerkleTree.Head(hashes.AsSpan(0, 1)).ToString()
        );
        Assert.Equal(
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            MerkleTree.Head(hashes.AsSpan(0, 2)).ToString()
        );
        Assert.Equal(
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
            MerkleTree.Head(hashes).ToString()
        );
    }

    [Fact]
    public void The_frontier_has_the_head_of_the_recursive_definition_at_every_size()
    {
        var leaves = Leaves(130);
        var frontier = new MerkleFrontier();
        for (var n = 1; n <= leaves.Length; n++)
        {
            frontier.Append(leaves[n - 1]);
            Assert.Equal(Recursive(leaves[..n]), frontier.Head());
            Assert.Equal(n, frontier.Count);
        }
    }

    [Fact]
    public void Every_leaf_of_every_size_has_a_proof_that_verifies_and_no_changed_one_does()
    {
        var leaves = Leaves(33);
        for (var n = 1; n <= leaves.Length; n++)
        {
            var head = MerkleTree.Head(leaves.AsSpan(0, n));
            for (var i = 0; i < n; i++)
            {
                var proof = MerkleTree.InclusionProof(leaves.AsSpan(0, n), i);
                Assert.True(MerkleTree.VerifyInclusion(leaves[i], i, n, proof, head));
                Assert.False(MerkleTree.VerifyInclusion(leaves[i], i, n, [.. proof, head], head));
                Assert.False(MerkleTree.VerifyInclusion(leaves[i], n, n, proof, head));
                Assert.False(MerkleTree.VerifyInclusion(leaves[i], -1, n, proof, head));
                Assert.False(MerkleTree.VerifyInclusion(head, i, n, [.. proof, head], head));
                if (n > 1)
                {
                    Assert.False(MerkleTree.VerifyInclusion(leaves[i], (i + 1) % n, n, proof, head));
                    Assert.False(MerkleTree.VerifyInclusion(leaves[(i + 1) % n], i, n, proof, head));
                    Assert.False(MerkleTree.VerifyInclusion(leaves[i], i, n, proof.AsSpan(1), head));
                }
            }
        }
    }

    [Theory]
    [InlineData("inclusion.json")]
    [InlineData("subtreeinclusion.json")]
    [InlineData("consistency.json")]
    [InlineData("subtreeconsistency.json")]
    public void Accepts_and_refuses_the_published_proofs(string file)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Path("vectors", "merkle", file)));
        var tests = json.RootElement.GetProperty("tests").EnumerateArray().ToArray();
        Assert.Contains(tests, test => test.GetProperty("wantErr").GetBoolean());
        Assert.Contains(tests, test => !test.GetProperty("wantErr").GetBoolean());
        foreach (var test in tests)
        {
            var name = test.GetProperty("case").GetString()!;
            var accepted = file.Contains("inclusion", StringComparison.Ordinal) ? Includes(test) : IsConsistent(test);
            var wanted = !test.GetProperty("wantErr").GetBoolean() && !StricterThanTheVectors.Contains(name);
            Assert.True(accepted == wanted, name);
        }
    }

    [Fact]
    public void A_hash_is_64_lower_case_hex_digits_and_nothing_else()
    {
        var hash = MerkleTree.HashLeaf("x"u8);
        Assert.True(MerkleHash.TryParse(hash.ToString(), out var parsed));
        Assert.Equal(hash, parsed);
        Assert.Equal(hash, new MerkleHash(hash.ToArray()));
        Assert.False(MerkleHash.TryParse(hash.ToString().ToUpperInvariant(), out _));
        Assert.False(MerkleHash.TryParse(hash.ToString()[1..], out _));
        Assert.False(MerkleHash.TryParse(hash + "0", out _));
        Assert.False(MerkleHash.TryParse(null, out _));
    }

    private static bool Includes(JsonElement test)
    {
        var (start, end) = test.TryGetProperty("treeSize", out var size)
            ? (0, (long)size.GetUInt64())
            : ((long)test.GetProperty("start").GetUInt64(), (long)test.GetProperty("end").GetUInt64());
        return TryHashes(test, out var proof)
            && TryHash(test.GetProperty("leafHash"), out var leaf)
            && TryHash(test.GetProperty("root"), out var root)
            && MerkleTreeConsistency.IsSubtree(start, end)
            && MerkleTree.VerifyInclusion(
                leaf,
                (long)(test.GetProperty("leafIdx").GetUInt64() - (ulong)start),
                end - start,
                proof,
                root
            );
    }

    private static bool IsConsistent(JsonElement test)
    {
        var isSubtree = test.TryGetProperty("start", out var start);
        return TryHashes(test, out var proof)
            && TryHash(test.GetProperty("root1"), out var root1)
            && TryHash(test.GetProperty("root2"), out var root2)
            && MerkleTreeConsistency.VerifySubtree(
                isSubtree ? (long)start.GetUInt64() : 0,
                (long)test.GetProperty(isSubtree ? "end" : "size1").GetUInt64(),
                (long)test.GetProperty(isSubtree ? "size" : "size2").GetUInt64(),
                root1,
                root2,
                proof
            );
    }

    private static bool TryHashes(JsonElement test, out MerkleHash[] hashes)
    {
        var proof = test.GetProperty("proof");
        var elements = proof.ValueKind == JsonValueKind.Null ? [] : proof.EnumerateArray().ToArray();
        hashes = new MerkleHash[elements.Length];
        for (var i = 0; i < elements.Length; i++)
        {
            if (!TryHash(elements[i], out hashes[i]))
            {
                return false;
            }
        }

        return true;
    }

    // Hashes of another length are refused before there is a hash: the type has 32 bytes.
    private static bool TryHash(JsonElement element, out MerkleHash hash)
    {
        var bytes = element.ValueKind == JsonValueKind.Null ? [] : element.GetBytesFromBase64();
        hash = bytes.Length == MerkleHash.Size ? new MerkleHash(bytes) : default;
        return bytes.Length == MerkleHash.Size;
    }

    private static MerkleHash Recursive(MerkleHash[] leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return MerkleTree.HashNode(Recursive(leaves[..split]), Recursive(leaves[split..]));
    }

    private static MerkleHash[] Leaves(int count) =>
        [.. Enumerable.Range(0, count).Select(i => MerkleTree.HashLeaf(Encoding.UTF8.GetBytes($"leaf {i}")))];
}
