using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;

namespace Lace.Evidence.Bundles;

/// <summary>What a verifier trusts (docs/formats/policy.md): it comes from whoever verifies, never from what is verified.</summary>
/// <param name="StatementKeys">Keys that may sign statements, and when.</param>
/// <param name="Require">Which of the two signatures every statement must have.</param>
/// <param name="Log">The transparency log and its keys.</param>
/// <param name="Witnesses">Who cosigns the log's checkpoints, and how many of them must have.</param>
public sealed record LacePolicy(
    IReadOnlyList<StatementKey> StatementKeys,
    IReadOnlyList<StatementAlgorithm> Require,
    TrustedLog Log,
    TrustedWitnesses Witnesses
)
{
    /// <summary>What the file calls itself.</summary>
    public const string Format = "lace-policy/1";

    /// <summary>Most bytes of a policy file.</summary>
    public const int MaxBytes = 262_144;

    /// <summary>Reads a policy file; null, with the reason in plain words, where it is not exactly of the specified form.</summary>
    public static LacePolicy? Parse(ReadOnlySpan<byte> json, out string? reason) => PolicyReader.Read(json, out reason);

    /// <summary>The file in UTF-8, indented for people; <see cref="Parse"/> reads it.</summary>
    public byte[] Write() => PolicyReader.Write(this);
}

/// <param name="Origin">First line of every checkpoint of the log.</param>
/// <param name="Keys">At least one Ed25519 key, and none or more ML-DSA-44 keys, all named by the origin.</param>
public sealed record TrustedLog(string Origin, IReadOnlyList<VerifierKey> Keys);

/// <param name="Quorum">How many different names must have cosigned; 0 asks for none.</param>
/// <param name="Keys">Cosignature keys of either type.</param>
public sealed record TrustedWitnesses(int Quorum, IReadOnlyList<VerifierKey> Keys)
{
    public static TrustedWitnesses None { get; } = new(0, []);
}
