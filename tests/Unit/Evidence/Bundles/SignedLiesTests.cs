using Lace.Evidence.Bundles;
using Lace.Evidence.LossLog;
using Lace.Evidence.Transparency;
using Lace.Evidence.Transparency.Notes;
using Lace.Evidence.Verification;
using Lace.Tests.Evidence.Verification;

namespace Lace.Tests.Evidence.Bundles;

/// <summary>Somebody with the real keys states what contradicts the rest of the bundle.</summary>
public sealed class SignedLiesTests
{
    private static readonly MerkleHash Other = new(new byte[32]);
    private readonly MadeBundle made = new();

    public static TheoryData<string, string> Lies =>
        new()
        {
            { "run-start of another run", "binding.ids" },
            { "run-start of another root", "binding.ids" },
            { "run-start of fewer records", "binding.ids" },
            { "run-start before the dataset", "binding.ids" },
            { "run-start with another order", "binding.ids" },
            { "run-end of another run", "binding.ids" },
            { "run-end of another attestation", "binding.ids" },
            { "run-end with another head", "binding.ids" },
            { "run-end with more points", "binding.ids" },
            { "run-end with gaps", "binding.ids" },
            { "run-end with gaps left out", "binding.ids" },
            { "run-end not finished", "binding.ids" },
            { "run-end without its first head", "binding.ids" },
            { "run-end without its last head", "binding.ids" },
            { "dataset of another attestation", "binding.ids" },
            { "dataset with another root", "binding.ids" },
            { "result of another run", "binding.ids" },
            { "subject of the dataset", "binding.subjects" },
            { "subject of run-start", "binding.subjects" },
            { "subject of run-end", "binding.subjects" },
            { "subject of the verification", "binding.subjects" },
            { "subject of a report", "binding.subjects" },
            { "level too high", "verification.signed" },
            { "level too low", "verification.signed" },
            { "name of another level", "verification.signed" },
            { "a verdict that is none", "verification.signed" },
            { "consistent without statistic", "verification.signed" },
            { "consistent with a low score", "verification.signed" },
            { "consistent with flagged steps", "verification.signed" },
            { "two scores", "verification.signed" },
            { "a check twice", "verification.signed" },
            { "another index of the dataset", "log.order" },
            { "a checkpoint that is none", "log.order" },
            { "a checkpoint of another log", "log.order" },
            { "a checkpoint of another history", "log.order" },
            { "a checkpoint before the dataset", "log.order" },
        };

    [Theory]
    [MemberData(nameof(Lies))]
    public void A_lie_signed_with_the_real_keys_contradicts_the_rest(string lie, string check)
    {
        Tell(lie);
        var found = BundleVerification.Verify(made.Make(), new(made.Policy));
        found.AssertFailed(check);
        Assert.Null(found.Verdict);
        Assert.DoesNotContain(
            found.Checks,
            one => one.Status == CheckStatus.Failed && one.Name.StartsWith("statement.", StringComparison.Ordinal)
        );
    }

    private void Tell(string lie)
    {
        var start = made.Start;
        switch (lie)
        {
            case "run-start of another run":
                made.Start = at => start(at) with { RunId = "run-other" };
                break;
            case "run-start of another root":
                made.Start = at => start(at) with { Root = Other };
                break;
            case "run-start of fewer records":
                made.Start = at => start(at) with { Records = 1599 };
                break;
            case "run-start before the dataset":
                made.Start = at => start(at) with { CreatedAt = TrainedRun.Completed.AddHours(-1) };
                break;
            case "run-start with another order":
                made.Start = at => start(at) with { Order = BatchOrder.Nonce };
                break;
            case "run-end of another run":
                made.End = made.End with { RunId = "run-other" };
                break;
            case "run-end of another attestation":
                made.End = made.End with { AttestationId = "lace-other" };
                break;
            case "run-end with another head":
                made.End = made.End with
                {
                    Heads = [.. made.End.Heads.SkipLast(1), made.End.Heads[^1] with { Head = Other }],
                };
                break;
            case "run-end with more points":
                made.End = made.End with { Points = made.End.Points + 1 };
                break;
            case "run-end with gaps":
                made.End = made.End with
                {
                    Gaps =
                    [
                        [1, 2],
                    ],
                };
                break;
            case "run-end with gaps left out":
                made.End = made.End with { GapsOmitted = 1 };
                break;
            case "run-end not finished":
                made.End = made.End with { Finished = false };
                break;
            case "run-end without its first head":
                made.End = made.End with { Heads = [.. made.End.Heads.Skip(1)] };
                break;
            case "run-end without its last head":
                made.End = made.End with { Heads = [.. made.End.Heads.SkipLast(1)] };
                break;
            case "dataset of another attestation":
                made.Dataset = made.Dataset with { Id = "lace-other" };
                break;
            case "dataset with another root":
                made.Dataset = made.Dataset with { Dataset = made.Dataset.Dataset with { Root = Other } };
                break;
            case "result of another run":
                made.Result = made.Result with { Id = "run-other" };
                break;
            case "subject of the dataset":
                made.Subjects["dataset"] = Other;
                break;
            case "subject of run-start":
                made.Subjects["run-start"] = Other;
                break;
            case "subject of run-end":
                made.Subjects["run-end"] = Other;
                break;
            case "subject of the verification":
                made.Subjects["verification"] = Other;
                break;
            case "subject of a report":
                made.Subjects["report"] = Other;
                break;
            case "level too high":
                made.Result = made.Result with { Level = 4, LevelName = "measured" };
                break;
            case "level too low":
                made.Result = made.Result with { Level = 2, LevelName = "witnessed" };
                break;
            case "name of another level":
                made.Result = made.Result with { LevelName = "measured" };
                break;
            case "a verdict that is none":
                made.Result = made.Result with { Verdict = "PROVEN" };
                break;
            case "consistent without statistic":
                made.Result = made.Result with { Statistic = null, Correlation = null };
                break;
            case "consistent with a low score":
                made.Result = made.Result with
                {
                    Statistic = made.Result.Statistic! with { Score = 0.4 },
                    Correlation = made.Result.Correlation! with { Score = 0.4 },
                };
                break;
            case "consistent with flagged steps":
                made.Result = made.Result with { Undeclared = made.Result.Undeclared with { Fraction = 0.2 } };
                break;
            case "two scores":
                made.Result = made.Result with { Correlation = made.Result.Correlation! with { Score = 0.99 } };
                break;
            case "a check twice":
                made.Result = made.Result with { Checks = [.. made.Result.Checks, made.Result.Checks[0]] };
                break;
            case "another index of the dataset":
                made.Start = at => start(at with { Index = at.Index + 1 });
                break;
            case "a checkpoint that is none":
                made.Start = at => start(at with { Checkpoint = at.Checkpoint + "x\n" });
                break;
            case "a checkpoint of another log":
                made.Start = at =>
                    start(at with { Checkpoint = at.Checkpoint.Replace("1a2b", "2a2b", StringComparison.Ordinal) });
                break;
            case "a checkpoint of another history":
                made.Start = at => start(at with { Checkpoint = new Checkpoint(MadeBundle.Origin, 8, Other).Text });
                break;
            case "a checkpoint before the dataset":
                made.Start = at => start(at with { Checkpoint = new Checkpoint(MadeBundle.Origin, 3, Other).Text });
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(lie));
        }
    }
}
