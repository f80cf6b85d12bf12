using System.Text.Json;
using System.Text.Json.Serialization;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;
using Lace.Platform;
using Lace.Records.Storage;
using Lace.Records.TransparencyLog;

namespace Lace.Records.Notary;

/// <summary>A signed statement as it is kept. Its leaves were promised to the log in the transaction that stored it.</summary>
/// <param name="Which">See <see cref="StatementPlace"/>.</param>
/// <param name="P256Leaf">Leaf hash, by which the log's index is found.</param>
internal sealed record StoredStatement(string Which, SignedStatement Signed, MerkleHash P256Leaf, MerkleHash HybridLeaf)
{
    public IReadOnlyCollection<MerkleHash> Leaves => [P256Leaf, HybridLeaf];
}

/// <summary>The statements of all tenants.</summary>
internal sealed class SignedStatements(IItemStore items, PendingEntries outbox)
{
    /// <summary>How many of a transaction's 100 writes one statement takes.</summary>
    public const int Writes = 3;

    /// <summary>
    /// What a flow adds to the transaction of the effect that the statement is about: the statement, which must not be there
    /// yet, and the promises of its two leaves. After the commit wake the log where it runs in this process; elsewhere it looks on its own.
    /// </summary>
    public IReadOnlyList<ItemWrite> Store(StatementPlace place, NotarizedStatement statement)
    {
        var document = new StatementDocument(
            statement.Signed,
            MerkleTree.HashLeaf(statement.P256Leaf.Span).ToString(),
            MerkleTree.HashLeaf(statement.HybridLeaf.Span).ToString()
        );
        return
        [
            ItemWrite.Create(place.Key, JsonSerializer.Serialize(document, NotaryJson.Default.StatementDocument)),
            outbox.Promise(statement.P256Leaf),
            outbox.Promise(statement.HybridLeaf),
        ];
    }

    /// <summary>The newest statement of a kind; null where there is none.</summary>
    public async Task<StoredStatement?> NewestAsync(
        TenantId tenant,
        string about,
        string kind,
        CancellationToken cancellationToken = default
    ) => (await NewestAsync(tenant, about, kind, 1, cancellationToken)) is [var newest, ..] ? newest : null;

    /// <summary>The newest statements of a kind, newest first.</summary>
    public async Task<IReadOnlyList<StoredStatement>> NewestAsync(
        TenantId tenant,
        string about,
        string kind,
        int limit,
        CancellationToken cancellationToken = default
    )
    {
        var prefix = StatementPlace.Prefix(kind);
        var query = new ItemQuery(tenant, StatementPlace.Partition(about), prefix, Limit: limit, Descending: true);
        var page = await items.QueryAsync(query, cancellationToken);
        return [.. page.Items.Select(item => Read(item, prefix))];
    }

    private static StoredStatement Read(Item item, string prefix)
    {
        var document = item.Read(NotaryJson.Default.StatementDocument);
        return
            MerkleHash.TryParse(document.P256Leaf, out var p256)
            && MerkleHash.TryParse(document.HybridLeaf, out var hybrid)
            ? new StoredStatement(item.Key.Sort[prefix.Length..], document.Signed, p256, hybrid)
            : throw new InvalidDataException($"The stored statement {item.Key.Partition} {item.Key.Sort} is damaged.");
    }
}

internal sealed record StatementDocument(SignedStatement Signed, string P256Leaf, string HybridLeaf);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(StatementDocument))]
internal sealed partial class NotaryJson : JsonSerializerContext;
