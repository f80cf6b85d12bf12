using System.Text.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>Somebody's in-toto Statement v1, in whatever spelling it was signed. Ours is <see cref="Statement"/>.</summary>
/// <param name="Subjects">Every subject that has a SHA-256.</param>
/// <param name="SubjectCount">Of those without one as well.</param>
internal sealed record InToto(
    IReadOnlyList<(string Name, MerkleHash Digest)> Subjects,
    int SubjectCount,
    string? PredicateType,
    JsonElement? Predicate
)
{
    /// <summary>Null where the payload is not a Statement v1.</summary>
    public static InToto? TryParse(ReadOnlyMemory<byte> payload)
    {
        if (JsonMembers.Parse(payload) is not { } root || root.MemberText("_type") != Statement.Type)
        {
            return null;
        }

        var subjects = root.List("subject").ToList();
        return new InToto(
            [.. subjects.Select(Read).OfType<(string, MerkleHash)>()],
            subjects.Count,
            root.MemberText("predicateType"),
            root.Member("predicate")
        );
    }

    private static (string, MerkleHash)? Read(JsonElement subject) =>
        MerkleHash.TryParse(subject.Member("digest")?.MemberText("sha256"), out var digest)
            ? (subject.MemberText("name") ?? "", digest)
            : null;
}
