using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>Keeps what a tenant may write freely, and what grows with a run, from filling a payload (<see cref="StatementLimits"/>).</summary>
internal static class BoundedPredicates
{
    // A name's quotes, colon and comma, and the longest share: 2.2250738585072014e-308.
    private const int BytesBesideName = 28;

    public static DatasetPredicate Bound(DatasetPredicate predicate)
    {
        var statistics = predicate.Dataset.Statistics;
        // A filter takes room that scripts and metadata leave, as a bundle is no longer for it.
        var limit = predicate.Fingerprints is null ? StatementLimits.FreeBytes : StatementLimits.FreeBytesBesideFilter;
        var bounded = predicate with
        {
            Dataset = predicate.Dataset with
            {
                Statistics = statistics with { Scripts = Largest(statistics.Scripts, limit) },
            },
        };
        return DigestOfLarge(predicate.Metadata, limit) is { } digest
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

    public static RunEndPredicate Bound(RunEndPredicate predicate)
    {
        var (gaps, omitted) = Listed(predicate.Gaps);
        return omitted is null ? predicate : predicate with { Gaps = gaps, GapsOmitted = omitted };
    }

    /// <summary>The first entries of a list, and how many more there are: null where none.</summary>
    public static (IReadOnlyList<T> First, int? Omitted) Listed<T>(IReadOnlyList<T> list) =>
        list.Count <= StatementLimits.Listed
            ? (list, null)
            : ([.. list.Take(StatementLimits.Listed)], list.Count - StatementLimits.Listed);

    /// <summary>A sentence as it is signed.</summary>
    public static string Sentence(string text)
    {
        const char Ellipsis = '…';
        if (Size(text) <= StatementLimits.SentenceBytes)
        {
            return text;
        }

        var left = StatementLimits.SentenceBytes - Size(new Rune(Ellipsis));
        var cut = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().TakeWhile(rune => (left -= Size(rune)) >= 0))
        {
            cut.Append(rune);
        }

        return cut.Append(Ellipsis).ToString();
    }

    private static int Size(string text) => text.EnumerateRunes().Sum(Size);

    // RFC 8785 section 3.2.2.2.
    private static int Size(Rune rune) =>
        rune.Value switch
        {
            '"' or '\\' or '\b' or '\t' or '\n' or '\f' or '\r' => 2,
            < 0x20 => 6,
            _ => rune.Utf8SequenceLength,
        };

    private static Dictionary<string, double> Largest(IReadOnlyDictionary<string, double> scripts, int limit)
    {
        var left = limit;
        return scripts
            .OrderByDescending(script => script.Value)
            .Take(StatementLimits.Listed)
            .TakeWhile(script => (left -= Size(script.Key) + BytesBesideName) >= 0)
            .ToDictionary();
    }

    private static MerkleHash? DigestOfLarge(
        IReadOnlyDictionary<string, string>? pairs,
        int limit = StatementLimits.FreeBytes
    )
    {
        if (pairs is null)
        {
            return null;
        }

        var json = CanonicalJson.Canonicalize(
            JsonSerializer.SerializeToUtf8Bytes(pairs, StatementJson.Default.IReadOnlyDictionaryStringString)
        );
        return json.Length > limit ? new MerkleHash(SHA256.HashData(json)) : null;
    }
}
