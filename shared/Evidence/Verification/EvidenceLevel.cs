namespace Lace.Evidence.Verification;

/// <summary>The rungs of evidence. A run stands on the highest one whose checks, and those of all rungs below, passed.</summary>
public static class EvidenceLevel
{
    /// <summary>Name of each level, 0 to 5.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "recorded",
        "committed",
        "witnessed",
        "consistent",
        "measured",
        "replayed",
    ];

    private static readonly string[][] Rungs =
    [
        [
            CheckNames.AttestationComplete,
            CheckNames.NotRevoked,
            CheckNames.RootRecomputed,
            CheckNames.TransparencyLog,
            CheckNames.CommittedFirst,
        ],
        [CheckNames.ChainUnbroken, CheckNames.ReceivedLive],
        [CheckNames.OrderBound, CheckNames.RecordIndices, CheckNames.Trajectory, CheckNames.UndeclaredSteps],
        [CheckNames.Hardware],
        [CheckNames.Replay],
    ];

    /// <summary>The level that a list of checks supports; a check that is not in the list has not passed.</summary>
    /// <remarks><c>token_counts</c> is on no rung: it fails for honest runs that count padding.</remarks>
    public static int Of(IEnumerable<Check> checks)
    {
        var passed = checks.Where(check => check.Passed).Select(check => check.Name).ToHashSet();
        var level = 0;
        while (level < Rungs.Length && Rungs[level].All(passed.Contains))
        {
            level++;
        }

        return level;
    }
}
