using System.Text.Json.Serialization;
using Lace.Evidence.Audit;
using Lace.Evidence.Transparency;

namespace Lace.Records.Audit;

/// <summary>The end of a chain, as stored.</summary>
/// <param name="Entries">How many there are, which is the number of the next.</param>
/// <param name="Head">64 hex digits: the hash of the last.</param>
/// <param name="At">Time of the last.</param>
internal sealed record AuditHead(long Entries, string Head, DateTimeOffset At)
{
    public static readonly AuditHead Empty = new(0, AuditEntry.Genesis.ToString(), DateTimeOffset.MinValue);

    /// <exception cref="InvalidDataException">Somebody else wrote to the store.</exception>
    [JsonIgnore]
    public MerkleHash Hash =>
        MerkleHash.TryParse(Head, out var hash)
            ? hash
            : throw new InvalidDataException("The stored head of an audit chain is no hash.");
}
