using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;

namespace Lace.Cli;

/// <summary>What the exit status of every command means: one table for all of them, printed by <c>lace --help</c>.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Internal = 1;
    public const int Usage = 2;
    public const int Incomplete = 3;
    public const int Authentication = 4;
    public const int Unavailable = 5;
    public const int BadDataset = 6;
    public const int NotFound = 10;
    public const int CheckFailed = 11;
    public const int Inconsistent = 12;
    public const int Inconclusive = 13;
    public const int Revoked = 14;

    /// <summary>The privacy budget was spent before the last step.</summary>
    public const int BudgetSpent = 15;

    /// <summary>A text is in a committed dataset.</summary>
    public const int Present = 16;

    /// <summary>The tenant's plan has no more of what was asked for.</summary>
    public const int PlanUsedUp = 17;

    /// <summary>No run of a text is in a committed dataset, but more of its bands than chance finds.</summary>
    public const int Near = 18;

    /// <summary>A check of a bundle or certificate failed.</summary>
    public const int EvidenceFailed = 20;

    /// <summary>A check that a bundle or certificate needs could not be done.</summary>
    public const int EvidenceNotChecked = 21;

    public const int Interrupted = 130;

    public const string Table = """
        Exit codes:
           0  done; of a verification: consistent
           1  internal error, or a file that cannot be written
           2  wrong usage, or a request that the service refuses
           3  not complete: an upload, which the same command continues, or a file that cannot be read
           4  no API key, or one that is not accepted
           5  the service cannot be reached or is not available
           6  the dataset cannot be read as it is, or has no records
          10  not found
          11  a check failed
          12  inconsistent
          13  inconclusive, or consistent in part
          14  revoked
          15  the privacy budget was spent before the last step; what was trained is saved
          16  present: a text is in the dataset (`check`)
          17  the plan of the tenant is used up: the service says of what, and until when
          18  clear, but near: no run of a text is in the dataset, a record like it likely is (`check`)
          20  a check of a bundle or certificate failed: nothing it says is believed
          21  a check that a bundle or certificate needs could not be done, as without a policy
          78  `serve` cannot start: its port, its folder or a setting
         130  interrupted
        """;

    /// <summary>Of a text that was asked about.</summary>
    /// <param name="near">Null where nothing is said of near-duplicates.</param>
    public static int OfExclusion(ExclusionVerdict verdict, NearVerdict? near) =>
        verdict switch
        {
            ExclusionVerdict.Clear => near == NearVerdict.Near ? Near : Ok,
            ExclusionVerdict.Present => Present,
            _ => Inconclusive,
        };

    /// <summary>Of a verification that was done.</summary>
    public static int OfVerdict(string? verdict, bool revoked) =>
        revoked
            ? Revoked
            : verdict switch
            {
                "CONSISTENT" => Ok,
                "INCONSISTENT" => Inconsistent,
                _ => Inconclusive,
            };
}
