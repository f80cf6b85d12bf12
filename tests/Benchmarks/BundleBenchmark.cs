using System.Diagnostics;
using System.Globalization;
using Lace.Evidence.Bundles;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency.Notes;
using Lace.Records.Notary;

namespace Lace.Benchmarks;

/// <summary>Bytes of evidence bundles of several datasets and runs, and how long the offline verification of one takes.</summary>
internal static class BundleBenchmark
{
    public const string Name = "bundle";

    private const int Records = 80_000;
    private const int Steps = 10_000;

    private static readonly (int Records, int Steps)[] Sizes = [(1_600, 200), (80_000, 200), (1_000_000, 200)];

    public static async Task<int> Run()
    {
        await using var service = await BundledService.StartAsync();
        foreach (var (records, steps) in Sizes)
        {
            Print(records, steps, await service.EvidenceAsync(records, steps));
        }

        var (bundle, runLog, policy) = await service.EvidenceAsync(Records, Steps);
        Print(Records, Steps, (bundle, runLog, policy));
        var trusted = LacePolicy.Parse(policy, out _)!;
        var alone = Median(200, () => Require(BundleVerification.Verify(bundle, new(trusted))));
        var signatures = Median(200, () => Signatures(EvidenceBundle.Parse(bundle, out _)!, trusted));
        var withLog = Median(
            15,
            () => Require(BundleVerification.Verify(bundle, new(trusted, OfferedRunLog.Read(new MemoryStream(runLog)))))
        );
        var reading = Median(15, () => _ = RunLogFile.Read(new MemoryStream(runLog), out _));
        Console.WriteLine(
            $"bundle: verification of {Steps} steps, median: {Text(alone)} ms without the run log, {Text(100 * signatures / alone)} % of it signatures; {Text(withLog)} ms with it, {Text(reading)} ms of that reading the file"
        );
        return 0;
    }

    private static void Print(int records, int steps, (byte[] Bundle, byte[] RunLog, byte[] Policy) evidence) =>
        Console.WriteLine(
            $"bundle: {records} records, {steps} steps: {evidence.Bundle.Length} bytes of at most {EvidenceBundle.MaxBytes}; run log {evidence.RunLog.Length / 1e6:0.00} MB"
        );

    private static void Require(BundleFindings found)
    {
        if (found.Outcome != BundleOutcome.Passed)
        {
            throw new InvalidOperationException(
                string.Join('\n', found.Checks.Where(check => !check.Passed).Select(check => check.ToString()))
            );
        }
    }

    private static void Signatures(EvidenceBundle bundle, LacePolicy policy)
    {
        foreach (var bundled in bundle.Statements)
        {
            if (Statement.TryParse(bundled.Signed.Payload, out var statement) != StatementError.None)
            {
                throw new InvalidOperationException("A payload is no statement.");
            }

            var at = DateTimeOffset.FromUnixTimeSeconds(0);
            foreach (var (algorithm, signature) in Both(bundled.Signed))
            {
                var key = policy.StatementKeys.First(one => one.Algorithm == algorithm);
                at = key.ValidFrom;
                if (
                    StatementVerification.Verify(statement!, algorithm, signature, policy.StatementKeys, at)
                    != SignatureVerdict.Valid
                )
                {
                    throw new InvalidOperationException("A signature is not valid.");
                }
            }
        }

        _ = SignedNote.TryParse(bundle.Checkpoint, out var note) && note.Verify(policy.Log.Keys).Signatures.Count == 2;
    }

    private static (StatementAlgorithm, StatementSignature)[] Both(SignedStatement signed) =>
        [(StatementAlgorithm.P256, signed.P256), (StatementAlgorithm.Hybrid, signed.Hybrid)];

    private static double Median(int times, Action action)
    {
        action();
        var taken = new double[times];
        for (var i = 0; i < times; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            action();
            taken[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        Array.Sort(taken);
        return taken[times / 2];
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
