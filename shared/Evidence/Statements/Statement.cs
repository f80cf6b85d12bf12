using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cryptography.Json;
using Lace.Evidence.Transparency;

namespace Lace.Evidence.Statements;

/// <summary>An in-toto Statement v1 about one subject: what Lace Cloud says in its own name, before it is signed.</summary>
/// <remarks>A value is always well-formed: its payload is the JCS form, within the limit, with one subject that has a SHA-256.</remarks>
public sealed class Statement
{
    /// <summary>Most bytes of a payload.</summary>
    public const int MaxPayloadBytes = 49_152;

    internal const string Type = "https://in-toto.io/Statement/v1";

    internal Statement(
        ReadOnlyMemory<byte> payload,
        string subjectName,
        MerkleHash subject,
        string predicateType,
        JsonElement predicate
    )
    {
        Payload = payload;
        SubjectName = subjectName;
        Subject = subject;
        PredicateType = predicateType;
        Predicate = predicate;
        Pae = Dsse.Pae(Dsse.InTotoPayloadType, payload.Span);
        PaeDigest = new MerkleHash(SHA256.HashData(Pae.Span));
    }

    /// <summary>The JCS form in UTF-8: what a signature file and an envelope carry.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>For people; two statements are about the same thing if their <see cref="Subject"/> is.</summary>
    public string SubjectName { get; }

    /// <summary>The SHA-256 of the subject.</summary>
    public MerkleHash Subject { get; }

    /// <summary>The URI of one of <see cref="PredicateTypes"/>, or somebody else's.</summary>
    public string PredicateType { get; }

    /// <summary>The predicate, not checked against its type.</summary>
    public JsonElement Predicate { get; }

    /// <summary>What is signed: the pre-authentication encoding of the payload.</summary>
    public ReadOnlyMemory<byte> Pae { get; }

    /// <summary>SHA-256 of <see cref="Pae"/>: what the log holds of the statement.</summary>
    public MerkleHash PaeDigest { get; }

    /// <summary>Makes a statement; a predicate that has no canonical form or is too large is a programmer error.</summary>
    /// <exception cref="ArgumentException">The payload would have more than <see cref="MaxPayloadBytes"/> bytes, or no canonical form.</exception>
    public static Statement Create<T>(string subjectName, MerkleHash subject, PredicateType<T> type, T predicate)
        where T : class
    {
        ArgumentException.ThrowIfNullOrEmpty(subjectName);
        ArgumentNullException.ThrowIfNull(type);
        var json = JsonSerializer.SerializeToUtf8Bytes(
            new StatementDocument(
                Type,
                [new StatementSubject(subjectName, new StatementDigest(subject))],
                type.Uri,
                JsonSerializer.SerializeToElement(type.Bound(predicate), type.Json)
            ),
            StatementJson.Default.StatementDocument
        );
        var payload = CanonicalJson.Canonicalize(json);
        return TryParse(payload, out var statement) is var error && error == StatementError.None
            ? statement!
            : throw new ArgumentException($"The statement cannot be made: {error}.", nameof(predicate));
    }

    /// <summary>Reads a payload. The statement is null unless the answer is <see cref="StatementError.None"/>.</summary>
    public static StatementError TryParse(ReadOnlyMemory<byte> payload, out Statement? statement) =>
        StatementReader.Read(payload, out statement);

    /// <summary>The predicate as its record; false where it is of another type, lacks a required member or a member has another form.</summary>
    public bool TryRead<T>(PredicateType<T> type, [NotNullWhen(true)] out T? predicate)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(type);
        try
        {
            predicate =
                PredicateType == type.Uri && !NullElements.AreIn(Payload.Span)
                    ? Predicate.Deserialize(type.Json)
                    : null;
        }
        catch (JsonException)
        {
            predicate = null;
        }

        return predicate is not null;
    }
}

/// <summary>Why bytes are not a statement that may be signed or believed.</summary>
public enum StatementError
{
    /// <summary>They are one.</summary>
    None,

    /// <summary>More than <see cref="Statement.MaxPayloadBytes"/> bytes.</summary>
    TooLarge,

    /// <summary>Not JSON in UTF-8, or nested too deeply.</summary>
    NotJson,

    /// <summary>Two members of one name.</summary>
    DuplicateMember,

    /// <summary>JSON, but not in JCS form (RFC 8785).</summary>
    NotCanonical,

    /// <summary><c>_type</c> is not in-toto Statement v1.</summary>
    WrongType,

    /// <summary>Not exactly one subject with a name and a SHA-256 in lower-case hex.</summary>
    BadSubject,

    /// <summary>No predicate type, or no predicate object.</summary>
    NoPredicate,
}
