using Lace.Evidence.Fingerprints;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Exclusion;

/// <summary>A filter that the service keeps and opens blocks of.</summary>
internal sealed class FilterOfService(LaceApi api) : IAskedFilter
{
    /// <summary>The statement that commits to the filter of an attestation.</summary>
    public static async Task<SignedFilter> StatementAsync(
        LaceApi api,
        string attestationId,
        CancellationToken cancellationToken
    )
    {
        var bytes = await api.GetBytesAsync(
            "v1/exclusion-checks/" + Uri.EscapeDataString(attestationId),
            cancellationToken
        );
        return SignedFilter.Parse(bytes, out var reason)
            ?? throw new CliException($"The service gave no statement: {reason}.", ExitCode.Unavailable);
    }

    public async Task<FilterAnswer> AskAsync(
        string attestationId,
        CommittedFilter filter,
        IReadOnlyList<ulong> fingerprints,
        IReadOnlyList<ulong>? bands,
        CancellationToken cancellationToken
    )
    {
        var answer = await api.AskAsync(
            "v1/exclusion-checks",
            new ExclusionQuestion(
                attestationId,
                filter.Salt,
                FingerprintText.Encode(fingerprints),
                bands is null ? null : FingerprintText.Encode(bands)
            ),
            CliJson.Default.ExclusionQuestion,
            CliJson.Default.ExclusionAnswer,
            cancellationToken
        );
        try
        {
            return Read(answer.Blocks, answer.Hashes, answer.Keys) with
            {
                NearDuplicates = answer.NearDuplicates is { } near ? Read(near.Blocks, near.Hashes, near.Keys) : null,
            };
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException)
        {
            throw new CliException(
                "The service's answer is not believed: it is not base64 of blocks and hashes.",
                ExitCode.EvidenceFailed,
                malformed
            );
        }
    }

    private static FilterAnswer Read(string blocks, IReadOnlyList<string> hashes, string? keys) =>
        new(
            new OpenedBlocks(
                Convert.FromBase64String(blocks),
                [.. hashes.Select(hash => new MerkleHash(Convert.FromBase64String(hash)))]
            ),
            keys is null ? null : FingerprintText.Decode(keys) ?? []
        );
}
