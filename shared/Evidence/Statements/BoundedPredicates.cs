using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>Keeps what a tenant may write freely from filling a payload: a large object is named by its digest instead.</summary>
internal static class BoundedPredicates
{
    /// <summary>Most bytes, in JCS form, of an object that stands in a predicate itself.</summary>
    public const int MaxFreeBytes = 2048;

    private const int MaxScripts = 32;

    public static DatasetPredicate Bound(DatasetPredicate predicate)
    {
        var statistics = predicate.Dataset.Statistics;
        var scripts = statistics.Scripts.OrderByDescending(script => script.Value).Take(MaxScripts).ToDictionary();
        var bounded = predicate with
        {
            Dataset = predicate.Dataset with { Statistics = statistics with { Scripts = scripts } },
        };
        return DigestOfLarge(predicate.Metadata) is { } digest
            ? bounded with
            {
                Metadata = null,
                MetadataSha256 = digest,
            }
            : bounded;
    }

    public static RunStartPredicate Bound(RunStartPredicate predicate) =>
        DigestOfLarge(predicate.Client) is { } digest
            ? predicate with
            {
                Client = null,
                ClientSha256 = digest,
            }
            : predicate;

    private static MerkleHash? DigestOfLarge(IReadOnlyDictionary<string, string>? pairs)
    {
        if (pairs is null)
        {
            return null;
        }

        var json = CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(pairs, StatementJson.Default.IReadOnlyDictionaryStringString)
        );
        return json.Length > MaxFreeBytes ? new MerkleHash(SHA256.HashData(json)) : null;
    }
}
