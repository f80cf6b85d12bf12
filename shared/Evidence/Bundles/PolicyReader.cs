using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using static Lace.Evidence.Bundles.StrictFile;

namespace Lace.Evidence.Bundles;

/// <summary>The policy file as JSON. Strict: a slip of the pen in a policy must not quietly trust less or more.</summary>
internal static class PolicyReader
{
    private const int MaxKeys = 64;

    public static LacePolicy? Read(ReadOnlySpan<byte> json, out string? reason) =>
        StrictFile.Read(json, LacePolicy.MaxBytes, PolicyJson.Default.PolicyDocument, Of, out reason);

    public static byte[] Write(LacePolicy policy) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new PolicyDocument(
                LacePolicy.Format,
                [
                    .. policy.StatementKeys.Select(key => new PolicyKey(
                        key.Algorithm,
                        key.PublicKey.ToArray(),
                        key.ValidFrom,
                        key.ValidUntil
                    )),
                ],
                [.. policy.Require.Select(Name)],
                new(policy.Log.Origin, [.. policy.Log.Keys.Select(key => key.ToString())]),
                new(policy.Witnesses.Quorum, [.. policy.Witnesses.Keys.Select(key => key.ToString())])
            ),
            PolicyJson.Default.PolicyDocument
        );

    private static LacePolicy Of(PolicyDocument file)
    {
        Require(file.Format == LacePolicy.Format, $"its format is not {LacePolicy.Format}");
        Require(file.StatementKeys.Count is >= 1 and <= MaxKeys, $"it has not 1 to {MaxKeys} statement_keys");
        StatementKey[] keys = [.. file.StatementKeys.Select(Key)];
        Require(keys.DistinctBy(key => (key.Algorithm, key.Id)).Count() == keys.Length, "it names a key twice");
        StatementAlgorithm[] required = [.. file.Require.Select(Algorithm)];
        Require(required.Length >= 1, "it requires no signature at all");
        Require(required.Distinct().Count() == required.Length, "it requires a signature twice");
        foreach (var algorithm in required)
        {
            Require(
                keys.Any(key => key.Algorithm == algorithm),
                $"it requires {Name(algorithm)} and names no key for it"
            );
        }

        var log = new TrustedLog(file.Log.Origin, Keys(file.Log.Vkeys));
        Require(
            log.Keys.All(key =>
                key.Name == log.Origin && key.Type is NoteSignatureType.Ed25519 or NoteSignatureType.MlDsa44Cosignature
            ),
            "a key of the log is not named by its origin, or is neither Ed25519 nor ML-DSA-44"
        );
        Require(log.Keys.Any(key => key.Type == NoteSignatureType.Ed25519), "it names no Ed25519 key of the log");
        return new LacePolicy(keys, required, log, Witnesses(file.Witnesses, log));
    }

    private static TrustedWitnesses Witnesses(PolicyWitnesses file, TrustedLog log)
    {
        var keys = Keys(file.Vkeys);
        Require(
            keys.All(key => key.Type is NoteSignatureType.Ed25519Cosignature or NoteSignatureType.MlDsa44Cosignature),
            "a key of a witness is of a type that cosigns nothing"
        );
        Require(
            !keys.Any(key => key.Name == log.Origin || log.Keys.Any(key.HasPublicKeyOf)),
            "a log cannot be its own witness"
        );
        Require(
            keys.All(key => keys.All(other => key.Name == other.Name || !key.HasPublicKeyOf(other))),
            "two witnesses have one key: they would count twice"
        );
        Require(
            file.Quorum >= 0 && file.Quorum <= keys.Select(key => key.Name).Distinct().Count(),
            "the quorum is larger than the number of witnesses"
        );
        return new TrustedWitnesses(file.Quorum, keys);
    }

    private static VerifierKey[] Keys(IReadOnlyList<string> texts)
    {
        Require(texts.Count <= MaxKeys, $"it has more than {MaxKeys} vkeys");
        VerifierKey[] keys =
        [
            .. texts.Select(text =>
                VerifierKey.TryParse(text, out var key) ? key : throw new FileFormatException("a vkey cannot be read")
            ),
        ];
        Require(keys.Distinct().Count() == keys.Length, "it names a vkey twice");
        return keys;
    }

    private static StatementKey Key(PolicyKey key) =>
        StatementKey.TryImport(key.Algorithm, key.PublicKey, key.ValidFrom, key.ValidUntil)
        ?? throw new FileFormatException("a public key is none of its algorithm");

    private static StatementAlgorithm Algorithm(string name) =>
        Enum.GetValues<StatementAlgorithm>().Cast<StatementAlgorithm?>().FirstOrDefault(one => Name(one!.Value) == name)
        ?? throw new FileFormatException("require names something else than p256 and hybrid");

    private static string Name(StatementAlgorithm algorithm) =>
        algorithm == StatementAlgorithm.P256 ? "p256" : "hybrid";
}

internal sealed record PolicyDocument(
    string Format,
    IReadOnlyList<PolicyKey> StatementKeys,
    IReadOnlyList<string> Require,
    PolicyLog Log,
    PolicyWitnesses Witnesses
);

internal sealed record PolicyKey(
    StatementAlgorithm Algorithm,
    byte[] PublicKey,
    DateTimeOffset ValidFrom,
    DateTimeOffset? ValidUntil
);

internal sealed record PolicyLog(string Origin, IReadOnlyList<string> Vkeys);

internal sealed record PolicyWitnesses(int Quorum, IReadOnlyList<string> Vkeys);

/// <summary>RFC 3339 as people write it: any zone, but one. A time without a zone would mean something else on every machine.</summary>
internal sealed partial class ZonedTime : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
        && reader.GetString() is { } text
        && Zone().IsMatch(text)
        && reader.TryGetDateTimeOffset(out var time)
            ? time
            : throw new JsonException("A time is RFC 3339 with a zone.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime);

    [GeneratedRegex(@"T.*(Z|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Zone();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    WriteIndented = true,
    MaxDepth = 8,
    Converters = [typeof(ZonedTime)]
)]
[JsonSerializable(typeof(PolicyDocument))]
internal sealed partial class PolicyJson : JsonSerializerContext;
