using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Transparency.Tiles;

namespace Lace.Tests.Evidence.Transparency.Tiles;

public sealed class TileVectorTests(ITestOutputHelper output)
{
    [Fact]
    public void Makes_the_tiles_heads_and_proofs_of_the_layout_vectors()
    {
        using var vectors = Read("tile-layout.json");
        var (sizes, resources) = (0, 0);
        foreach (var vector in vectors.RootElement.GetProperty("sizes").EnumerateArray())
        {
            var log = TileLog.Of(vector.GetProperty("size").GetInt32(), LayoutEntry);
            var all = log.Files.OrderBy(file => file.Key, StringComparer.Ordinal).ToList();
            Assert.Equal(vector.GetProperty("root_b64").GetString(), Convert.ToBase64String(log.Head.ToArray()));
            Assert.Equal(vector.GetProperty("resource_count").GetInt32(), all.Count);
            Assert.Equal(vector.GetProperty("all_resources_sha256_hex").GetString(), Digest(all));
            foreach (var edge in vector.GetProperty("edge_resources").EnumerateArray())
            {
                var content = log.Files[edge.GetProperty("path").GetString()!];
                Assert.Equal(edge.GetProperty("length").GetInt32(), content.Length);
                Assert.Equal(
                    edge.GetProperty("sha256_hex").GetString(),
                    Convert.ToHexStringLower(SHA256.HashData(content.Span))
                );
            }

            (sizes, resources) = (sizes + 1, resources + all.Count);
        }

        var proofs = 0;
        foreach (var vector in vectors.RootElement.GetProperty("inclusion").EnumerateArray())
        {
            var (index, size) = (vector.GetProperty("index").GetInt64(), vector.GetProperty("size").GetInt32());
            var proof = TileProof.Inclusion(index, size).Compute(TileLog.Of(size, LayoutEntry).Read);
            Assert.Equal(Hashes(vector), proof.Select(hash => Convert.ToBase64String(hash.ToArray())));
            proofs++;
        }

        foreach (var vector in vectors.RootElement.GetProperty("consistency").EnumerateArray())
        {
            var (from, to) = (vector.GetProperty("from").GetInt64(), vector.GetProperty("to").GetInt32());
            var proof = TileProof.Consistency(from, to).Compute(TileLog.Of(to, LayoutEntry).Read);
            Assert.Equal(Hashes(vector), proof.Select(hash => Convert.ToBase64String(hash.ToArray())));
            proofs++;
        }

        output.WriteLine($"tile-layout.json: {sizes} sizes, {resources} files, {proofs} proofs");
        Assert.True(sizes > 0 && proofs > 0);
    }

    [Fact]
    public void Audits_Tesseras_golden_log_and_sees_every_changed_byte()
    {
        using var vectors = Read("tessera-golden-log.json");
        Assert.True(VerifierKey.TryParse(vectors.RootElement.GetProperty("vkey").GetString(), out var key));
        var files = vectors
            .RootElement.GetProperty("files_b64")
            .EnumerateObject()
            .ToDictionary(file => file.Name, file => file.Value.GetBytesFromBase64());
        var checkpoint = Checked(files["checkpoint"], key);
        var partials = files.Keys.Select(Path).OfType<TilePath>().ToList();

        var result = Audit(files, checkpoint, partials);
        Assert.Empty(result.Findings);
        Assert.Equal(checkpoint.Size, result.Entries);
        var changed = 0;
        foreach (var (path, content) in files.Where(file => Path(file.Key) is not null))
        {
            for (var i = 0; i < content.Length; i++)
            {
                content[i] ^= 1;
                Assert.False(Audit(files, checkpoint, partials).IsWhole, $"{path} at {i}");
                content[i] ^= 1;
                changed++;
            }
        }

        var checkpoints = 0;
        foreach (var (_, note) in files.Where(file => file.Key.StartsWith("checkpoint.", StringComparison.Ordinal)))
        {
            var earlier = Checked(note, key);
            var proof = TileProof.Consistency(earlier.Size, checkpoint.Size).Compute(path => files[path.ToString()]);
            Assert.True(
                earlier.Size == 0
                    || MerkleTreeConsistency.Verify(earlier.Size, checkpoint.Size, earlier.Root, checkpoint.Root, proof)
            );
            checkpoints++;
        }

        output.WriteLine(
            $"tessera-golden-log.json: {files.Count} files, {partials.Count} tiles and bundles, {checkpoints} checkpoints, {changed} changed bytes"
        );
        Assert.True(checkpoints > 0 && changed > 0);
    }

    private static LogAuditResult Audit(
        Dictionary<string, byte[]> files,
        Checkpoint checkpoint,
        IEnumerable<TilePath> partials
    ) => LogAudit.Run(checkpoint.Size, checkpoint.Root, path => files.GetValueOrDefault(path), partials);

    private static Checkpoint Checked(byte[] note, VerifierKey key)
    {
        Assert.True(SignedNote.TryParse(note, out var signed));
        Assert.Equal(NoteVerdict.Verified, signed.Verify([key]).Verdict);
        Assert.True(Checkpoint.TryParse(signed.Text, out var checkpoint));
        return checkpoint;
    }

    private static TilePath? Path(string name) => TilePath.TryParse(name, out var path) ? path : null;

    private static byte[] LayoutEntry(long index) => Encoding.UTF8.GetBytes($"lace-entry-{index}");

    private static IEnumerable<string> Hashes(JsonElement vector) =>
        vector.GetProperty("proof_b64").EnumerateArray().Select(hash => hash.GetString()!);

    private static string Digest(IEnumerable<KeyValuePair<string, ReadOnlyMemory<byte>>> files)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, content) in files)
        {
            digest.AppendData([.. Encoding.UTF8.GetBytes(path), 0, .. SHA256.HashData(content.Span)]);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    private static JsonDocument Read(string name) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Path("vectors", "tlog", name)));
}
