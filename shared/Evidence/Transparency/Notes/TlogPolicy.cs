using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>Which logs and witnesses somebody trusts, and how many of them it takes (C2SP tlog-policy).</summary>
/// <remarks>A checkpoint is accepted if any one of the logs signed it and the quorum's witnesses cosigned it.</remarks>
public sealed class TlogPolicy
{
    /// <summary>Most bytes of a policy file: more than 32 logs and 32 witnesses with post-quantum keys.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The name that asks for no cosignature.</summary>
    public const string NoQuorum = "none";

    internal TlogPolicy(
        IReadOnlyList<PolicyLog> logs,
        IReadOnlyList<PolicyWitness> witnesses,
        IReadOnlyList<PolicyGroup> groups,
        string quorum
    ) => (Logs, Witnesses, Groups, Quorum) = (logs, witnesses, groups, quorum);

    /// <summary>The logs; any of them will do.</summary>
    public IReadOnlyList<PolicyLog> Logs { get; }

    /// <summary>The witnesses that count.</summary>
    public IReadOnlyList<PolicyWitness> Witnesses { get; }

    /// <summary>Groups of witnesses and of groups before them.</summary>
    public IReadOnlyList<PolicyGroup> Groups { get; }

    /// <summary>Name of the witness or group that must have cosigned, or <c>none</c>.</summary>
    public string Quorum { get; }

    /// <summary>Reads a policy file.</summary>
    /// <param name="utf8">The file. C2SP allows any bytes above 0x7F in names; here they must be UTF-8.</param>
    /// <param name="policy">The policy, if true.</param>
    /// <param name="problem">Line and fault, if false.</param>
    public static bool TryParse(
        ReadOnlySpan<byte> utf8,
        [NotNullWhen(true)] out TlogPolicy? policy,
        [NotNullWhen(false)] out string? problem
    )
    {
        policy = null;
        problem = $"The policy is not UTF-8 of at most {MaxBytes} bytes.";
        return NoteText.Decode(utf8, MaxBytes) is { } text
            && new TlogPolicyReader().TryRead(text, out policy, out problem);
    }

    /// <summary>The policy of logs by their keys, and of <paramref name="quorum"/> among all the witnesses; 0 asks for none.</summary>
    /// <exception cref="ArgumentException">A key is of a type that its role cannot have, or is there twice; fewer witnesses than the quorum.</exception>
    public static TlogPolicy Create(IEnumerable<VerifierKey> logs, IEnumerable<VerifierKey> witnesses, int quorum)
    {
        var text = new StringBuilder();
        foreach (var key in logs)
        {
            text.Append($"log {key}\n");
        }

        var names = new List<string>();
        foreach (var key in witnesses)
        {
            names.Add($"W{names.Count + 1}");
            text.Append($"witness {names[^1]} {key}\n");
        }

        text.Append(
            quorum == 0 ? "quorum none\n" : $"group witnesses {quorum} {string.Join(' ', names)}\nquorum witnesses\n"
        );
        return TryParse(Encoding.UTF8.GetBytes(text.ToString()), out var policy, out var problem)
            ? policy
            : throw new ArgumentException(problem);
    }

    /// <summary>The policy of a log by its keys, with the witnesses, groups and quorum of another policy.</summary>
    public static TlogPolicy Create(IEnumerable<VerifierKey> logs, TlogPolicy? witnesses)
    {
        var own = Create(logs, [], 0);
        return witnesses is null
            ? own
            : new TlogPolicy(own.Logs, witnesses.Witnesses, witnesses.Groups, witnesses.Quorum);
    }

    /// <summary>Whether to believe the note's checkpoint.</summary>
    /// <remarks>
    /// Every key of the policy counts as known, so one bad line of a witness or of the log rejects the note. A cosignature
    /// without a time does not count for the quorum: it does not say that the tree was the largest its witness had seen.
    /// </remarks>
    public PolicyDecision Evaluate(SignedNote note)
    {
        ArgumentNullException.ThrowIfNull(note);
        if (!Checkpoint.TryParse(note.Text, out var checkpoint))
        {
            return PolicyDecision.Refused(PolicyVerdict.NotACheckpoint);
        }

        var logs = Logs.Select(log => log.Key).Where(key => key.Name == checkpoint.Origin).ToArray();
        if (logs.Length == 0)
        {
            return PolicyDecision.Refused(PolicyVerdict.UnknownLog);
        }

        var verification = note.Verify([.. logs, .. Witnesses.Select(witness => witness.Key)]);
        if (verification.Verdict == NoteVerdict.BadSignature)
        {
            return PolicyDecision.Refused(PolicyVerdict.BadSignature);
        }

        if (!logs.Any(verification.IsSignedBy))
        {
            return PolicyDecision.Refused(PolicyVerdict.NotSignedByLog);
        }

        return IsQuorum(verification.Signatures)
            ? new PolicyDecision(PolicyVerdict.Accepted, checkpoint, verification.Signatures)
            : PolicyDecision.Refused(PolicyVerdict.QuorumNotMet);
    }

    /// <summary>The file's text, without comments.</summary>
    public override string ToString() =>
        string.Concat(
            Logs.Select(log => Line("log", log.Key.ToString(), log.Url))
                .Concat(Witnesses.Select(witness => Line("witness", witness.Name, witness.Key.ToString(), witness.Url)))
                .Concat(Groups.Select(group => Line(["group", group.Name, $"{group.Threshold}", .. group.Members])))
                .Append(Line("quorum", Quorum))
        );

    private static string Line(params IEnumerable<string?> items) =>
        string.Join(' ', items.Where(item => item is not null)) + "\n";

    private bool IsQuorum(IReadOnlyList<VerifiedSignature> signatures)
    {
        var witnessed = Witnesses
            .Where(witness => signatures.Any(line => line.UnixSeconds > 0 && line.Key.Equals(witness.Key)))
            .Select(witness => witness.Name)
            .Append(NoQuorum)
            .ToHashSet();
        // A group's members are defined before it, so one pass settles all.
        foreach (var group in Groups.Where(group => group.Members.Count(witnessed.Contains) >= group.Threshold))
        {
            witnessed.Add(group.Name);
        }

        return witnessed.Contains(Quorum);
    }
}
