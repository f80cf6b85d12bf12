using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.Audit;

/// <summary>Chains of made-up operations that use every member.</summary>
internal static class MadeUpChain
{
    public const string Tenant = "tenant-test";

    public static readonly DateTimeOffset Start = new(2026, 11, 20, 13, 45, 1, 250, TimeSpan.Zero);

    public static List<byte[]> Lines(int count, int seed = 1)
    {
        var random = new Random(seed);
        var lines = new List<byte[]>();
        var prev = AuditEntry.Genesis;
        for (var i = 0; i < count; i++)
        {
            lines.Add(Entry(i, prev, random).ToLine(out prev));
        }

        return lines;
    }

    public static byte[] File(IEnumerable<byte[]> lines) => [.. lines.SelectMany(line => line.Append((byte)'\n'))];

    public static AuditEntry Entry(long sequence, MerkleHash prev, Random random)
    {
        var phase = (AuditPhase)(sequence % 3);
        var at = Start.AddSeconds(sequence);
        return new AuditEntry
        {
            Chain = AuditEntry.ChainOf(Tenant),
            Sequence = sequence,
            EntryId = "audit-" + new string([.. Enumerable.Range(0, 26).Select(_ => (char)('a' + random.Next(26)))]),
            Operation = Enum.GetValues<AuditOperation>()[sequence % 10],
            Phase = phase,
            ObjectId = $"run-20261120-134501-{random.Next(100_000, 999_999)}",
            RequestHash = new MerkleHash(SHA256.HashData(BitConverter.GetBytes(sequence))),
            RequestSizeBytes = random.NextInt64(1L << 53),
            ArtifactIdsProduced = [.. Enumerable.Range(0, random.Next(3)).Select(i => $"sha256:{i}{random.Next()}")],
            ArtifactIdsConsumed = [.. Enumerable.Range(0, random.Next(3)).Select(i => $"lace-{i}#{random.Next()}")],
            StartedAt = phase == AuditPhase.Accepted ? at : at.AddMilliseconds(-random.Next(5000)),
            CompletedAt = phase == AuditPhase.Accepted ? null : at,
            ErrorCode = phase == AuditPhase.Failed ? "root_mismatch" : null,
            ErrorMessage = phase == AuditPhase.Failed ? "Zürich: \"a\\b\"\n\u0001 ☃ 😀" : null,
            DpMetrics = sequence % 4 == 0 ? Encoding.UTF8.GetBytes("{\"epsilon\":1.50,\"delta\":1e-5}") : null,
            PrevHash = prev,
        };
    }

    /// <summary>The line with one member of another value, its own hash computed anew where asked.</summary>
    public static byte[] With(byte[] line, string member, JsonNode? value, bool rehash)
    {
        var entry = JsonNode.Parse(line)!.AsObject();
        entry[member] = value;
        if (rehash)
        {
            entry.Remove("record_hash");
            entry["record_hash"] = Hash(entry);
        }

        return Canonical(entry);
    }

    public static string Hash(JsonObject withoutHash) =>
        "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Canonical(withoutHash)));

    public static byte[] Canonical(JsonNode node) =>
        CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(node.ToJsonString()));
}
