using System.Diagnostics.CodeAnalysis;

namespace Lace.Evidence.Transparency.Notes;

/// <summary>Reads one policy file line by line (C2SP tlog-policy); the first fault ends it.</summary>
internal sealed class TlogPolicyReader
{
    private readonly List<PolicyLog> logs = [];
    private readonly List<PolicyWitness> witnesses = [];
    private readonly List<PolicyGroup> groups = [];
    private readonly HashSet<string> defined = [];
    private readonly HashSet<string> members = [];
    private string? quorum;

    public bool TryRead(
        string text,
        [NotNullWhen(true)] out TlogPolicy? policy,
        [NotNullWhen(false)] out string? problem
    )
    {
        policy = null;
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (ProblemOf(line) is { } fault)
            {
                problem = $"Line {number} of the policy: {fault}.";
                return false;
            }
        }

        problem = quorum is null ? "The policy has no quorum line." : null;
        policy = quorum is null ? null : new TlogPolicy(logs, witnesses, groups, quorum);
        return policy is not null;
    }

    private string? ProblemOf(string line) =>
        line.AsSpan().IndexOfAnyInRange('\0', '\x08') >= 0
        || line.AsSpan().IndexOfAnyInRange('\x0a', '\x1f') >= 0
        || line.Contains('\x7f', StringComparison.Ordinal)
            ? "has a control character"
            : line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) switch
            {
                [] or [['#', ..], ..] => null,
                ["log", var key] => AddLog(key, null),
                ["log", var key, var url] => AddLog(key, url),
                ["witness", var name, var key] => AddWitness(name, key, null),
                ["witness", var name, var key, var url] => AddWitness(name, key, url),
                ["group", var name, var threshold, .. { Length: > 0 } names] => AddGroup(name, threshold, names),
                ["quorum", var name] => SetQuorum(name),
                _ => "is no log, witness, group or quorum line",
            };

    private string? AddLog(string vkey, string? url)
    {
        if (!VerifierKey.TryParse(vkey, out var key) || key.Type == NoteSignatureType.Ed25519Cosignature)
        {
            return "the key is not one of a log";
        }

        if (logs.Exists(log => log.Key.HasPublicKeyOf(key)))
        {
            return "the key of a log is there twice";
        }

        logs.Add(new PolicyLog(key, url));
        return null;
    }

    private string? AddWitness(string name, string vkey, string? url)
    {
        if (
            !VerifierKey.TryParse(vkey, out var key)
            || key.Type is not (NoteSignatureType.Ed25519Cosignature or NoteSignatureType.MlDsa44Cosignature)
        )
        {
            return "the key is not one of a witness";
        }

        if (witnesses.Exists(witness => witness.Key.HasPublicKeyOf(key)))
        {
            return "the key of a witness is there twice";
        }

        witnesses.Add(new PolicyWitness(name, key, url));
        return Define(name);
    }

    private string? AddGroup(string name, string threshold, string[] names)
    {
        var least = threshold switch
        {
            "any" => 1,
            "all" => names.Length,
            _ => NoteText.DecodeDecimal(threshold) ?? 0,
        };
        if (least < 1 || least > names.Length)
        {
            return "the threshold is not all, any or a number from 1 to the number of members";
        }

        foreach (var member in names)
        {
            if (!defined.Contains(member))
            {
                return "a member is not defined before";
            }

            // Each name in one group only, so that no witness counts in two ways.
            if (!members.Add(member))
            {
                return "a member is in a group already";
            }
        }

        groups.Add(new PolicyGroup(name, (int)least, names));
        return Define(name);
    }

    private string? SetQuorum(string name)
    {
        if (quorum is not null)
        {
            return "is a second quorum";
        }

        quorum = name;
        return name == TlogPolicy.NoQuorum || defined.Contains(name) ? null : "the quorum is not defined before";
    }

    private string? Define(string name) =>
        name == TlogPolicy.NoQuorum || !defined.Add(name) ? "the name is taken" : null;
}
