using Lace.Evidence.Bundles;
using Lace.Evidence.Transparency.Notes;
using Lace.Functions.Hosting;
using Lace.Functions.TransparencyLog.Anchors;
using Lace.Functions.TransparencyLog.Witnesses;
using Lace.Records.TransparencyLog;

namespace Lace.Functions.TransparencyLog;

/// <summary>Other parties whom this log asks: witnesses for cosignatures, another log to enter its checkpoints in.</summary>
/// <param name="WitnessPolicy">Where witnesses are asked, the file that names them; its quorum is what this server advises.</param>
/// <param name="Anchor">Null: checkpoints are not anchored.</param>
internal sealed record LogPartners(TlogPolicy? WitnessPolicy, IReadOnlyList<Witness> Witnesses, AnchorLog? Anchor)
{
    /// <summary>The witnesses as a policy file of ours names them: so many of these.</summary>
    public TrustedWitnesses Trusted { get; } = WitnessPolicy is null ? TrustedWitnesses.None : Flat(WitnessPolicy);

    /// <summary>From <c>LACE_WITNESSES</c>, <c>LACE_ANCHOR</c> and <c>LACE_ANCHOR_TRUST</c>.</summary>
    /// <exception cref="SettingException">A file is missing or not what it should be.</exception>
    public static LogPartners Read(HostSettings settings)
    {
        var policy = settings.Witnesses is { } file ? ReadPolicy(file) : null;
        return new LogPartners(policy, policy is null ? [] : Witness.Of(policy), ReadAnchor(settings));
    }

    /// <summary>The keys of this log, with the witnesses and the quorum of the file.</summary>
    public TlogPolicy PolicyOf(LogKeys keys) => TlogPolicy.Create(keys.Verifiers, WitnessPolicy);

    private static TlogPolicy ReadPolicy(string file) =>
        TlogPolicy.TryParse(ReadFile("LACE_WITNESSES", file), out var policy, out var problem)
            ? policy
            : throw new SettingException($"LACE_WITNESSES: {file} is no tlog-policy: {problem}");

    private static TrustedWitnesses Flat(TlogPolicy policy)
    {
        var keys = policy.Witnesses.ToDictionary(
            witness => witness.Name,
            witness => witness.Key,
            StringComparer.Ordinal
        );
        return policy.Quorum == TlogPolicy.NoQuorum ? new TrustedWitnesses(0, [.. keys.Values])
            : keys.TryGetValue(policy.Quorum, out var one) ? new TrustedWitnesses(1, [one])
            : policy.Groups.Single(group => group.Name == policy.Quorum) is var quorum
            && quorum.Members.All(keys.ContainsKey)
                ? new TrustedWitnesses(quorum.Threshold, [.. quorum.Members.Select(member => keys[member])])
            : throw new SettingException(
                "LACE_WITNESSES: the quorum is a group of groups, which lace-policy/1 cannot say. Name a group of witnesses."
            );
    }

    private static AnchorLog? ReadAnchor(HostSettings settings) =>
        (settings.Anchor, settings.AnchorTrust) switch
        {
            (null, null) => null,
            ({ } url, { } trust) => AnchorLog.Read(url, ReadFile("LACE_ANCHOR_TRUST", trust)),
            _ => throw new SettingException(
                "LACE_ANCHOR needs LACE_ANCHOR_TRUST beside it, and the reverse: a log, and the key it is believed by."
            ),
        };

    private static byte[] ReadFile(string setting, string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{setting}: {failure.Message}");
        }
    }
}
