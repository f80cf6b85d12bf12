using System.Text.Json;
using Lace.Functions.Problems;
using Lace.Platform;
using Lace.Records.Audit;

namespace Lace.Functions.Audit;

/// <summary>Which entries of a chain a caller of the training API wants, as TenSafe asks for them.</summary>
/// <param name="TrainingClientId">Entries about this training client and its operations.</param>
/// <param name="Operation">An operation's name, such as <c>optim_step</c>.</param>
internal sealed record AuditFilter(string? TrainingClientId, string? Operation, int Limit, int Offset)
{
    public const int MaxLimit = 1000;

    private const int PageEntries = 1000;

    /// <summary>What is wrong with the question; null where nothing is.</summary>
    public Problem? Check() =>
        Limit is < 1 or > MaxLimit ? Problem.Invalid($"limit is from 1 to {MaxLimit}.")
        : Offset < 0 ? Problem.Invalid("offset counts entries to leave out: at least 0.")
        : null;

    /// <summary>The wanted entries in the chain's order. Reads the chain up to the last of them.</summary>
    public async Task<IReadOnlyList<JsonElement>> FindAsync(
        AuditEntries entries,
        TenantId tenant,
        CancellationToken cancellationToken
    )
    {
        var found = new List<JsonElement>();
        var before = 0;
        string? next = null;
        do
        {
            (var lines, next) = await entries.PageAsync(tenant, PageEntries, next, cancellationToken);
            foreach (var entry in lines.Select(line => JsonElement.Parse(line)).Where(IsWanted))
            {
                if (before++ >= Offset)
                {
                    found.Add(entry);
                }

                if (found.Count == Limit)
                {
                    return found;
                }
            }
        } while (next is not null);

        return found;
    }

    private bool IsWanted(JsonElement entry) =>
        (TrainingClientId is null || IsAbout(entry.GetProperty("object_id").GetString()!, TrainingClientId))
        && (Operation is null || entry.GetProperty("operation").ValueEquals(Operation));

    /// <summary>A future's id is that of its training client under another prefix, and its number.</summary>
    private static bool IsAbout(string objectId, string trainingClientId) =>
        objectId == trainingClientId
        || (
            trainingClientId.StartsWith("tc-", StringComparison.Ordinal)
            && objectId.StartsWith($"fut{trainingClientId[2..]}-", StringComparison.Ordinal)
        );
}
