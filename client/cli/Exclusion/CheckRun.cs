using System.Security.Cryptography;
using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Cli.Policy;
using Lace.Evidence.Bundles;
using Lace.Evidence.Fingerprints;
using Lace.Evidence.NearDuplicates;
using Lace.Evidence.Statements;
using Lace.Evidence.Transparency;

namespace Lace.Cli.Exclusion;

/// <summary>One call of <c>lace check</c>: the statement once, then text after text.</summary>
internal sealed class CheckRun(CommandHost host, LaceConfig config, CheckOptions options)
{
    /// <summary>More text has more fingerprints than one question takes.</summary>
    private const int MaxText = 16 << 20;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var policy = options.Policy is { } path ? PolicyFile.Read(path, host).Policy : null;
        var phrases = options.Subtract is { } subtracted ? ExclusionFiles.Phrases(subtracted, host) : null;
        if (options.Filter is { } file)
        {
            var held = ExclusionFiles.Filter(file, host);
            return await RunAsync(new FilterOnDisk(held.Filter), held.Signed, policy, phrases, cancellationToken);
        }

        config.RequireKey();
        using var api = new LaceApi(config, host, options.Quiet);
        var signed = await FilterOfService.StatementAsync(api, options.Id!, cancellationToken);
        return await RunAsync(new FilterOfService(api), signed, policy, phrases, cancellationToken);
    }

    private async Task<int> RunAsync(
        IAskedFilter asked,
        SignedFilter signed,
        LacePolicy? policy,
        CommonPhrases? phrases,
        CancellationToken cancellationToken
    )
    {
        var (dataset, filter) = Committed(signed);
        var maker = new TextFingerprints(new FingerprintSettings(filter.Tier, filter.SaltBytes));
        if (options.DryRun)
        {
            return DryRun(maker, filter.Bands is null ? null : new TextBands(filter.SaltBytes));
        }

        if (policy is null && !options.Quiet)
        {
            host.Note("No policy was given (--policy): the statement's signatures are not checked.");
        }

        var question = new TextQuestion(asked, signed, filter, policy, dataset.Id);
        var found = new List<CheckedFile>();
        using (var bar = new ProgressBar(host, "check", options.Texts.Sum(Length), !options.Quiet))
        {
            string? stopped = null;
            foreach (var text in options.Texts)
            {
                try
                {
                    found.Add(
                        stopped is null
                            ? await CheckAsync(
                                question,
                                maker,
                                phrases,
                                filter.FalsePositiveRate,
                                text,
                                cancellationToken
                            )
                            : new CheckedFile(text, null, 0, [], null, stopped)
                    );
                }
                // What was answered before is worth more than the end of the command.
                catch (CliException failure) when (found.Count > 0 && failure.ExitCode == ExitCode.Unavailable)
                {
                    stopped = failure.Message;
                    found.Add(new CheckedFile(text, null, 0, [], null, stopped));
                }

                bar.Add((int)Math.Min(int.MaxValue, Length(text)));
            }
        }

        Print(
            new CheckResult(
                dataset.Id,
                dataset.Dataset.Root.ToString(),
                filter.Tier,
                policy is not null,
                found,
                Math.Min(1, found.Sum(one => one.Deciding?.ByChance ?? 0)),
                filter.Bands is null
                    ? ExclusionVerification.Limits
                    : [.. ExclusionVerification.Limits, .. NearFindings.Limits],
                phrases?.Root.ToString()
            )
        );
        return ExitCodeOf(found);
    }

    private (DatasetPredicate Dataset, CommittedFilter Filter) Committed(SignedFilter signed)
    {
        var dataset = signed.Read();
        return dataset is { Fingerprints: { IsValid: true } filter } && dataset.Id == (options.Id ?? dataset.Id)
            ? (dataset, filter)
            : throw new CliException(
                "The statement that the service gave commits to no filter of this attestation that this program knows. Install its version.",
                ExitCode.Unavailable
            );
    }

    private async Task<CheckedFile> CheckAsync(
        TextQuestion question,
        TextFingerprints maker,
        CommonPhrases? phrases,
        double rate,
        string name,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var text = Read(name);
            var windows = maker.Of(text, out var skipped);
            if (windows.Count == 0)
            {
                var none = ExclusionFindings.Of([], [], 0);
                return new CheckedFile(
                    name,
                    none,
                    (int)skipped.All,
                    [],
                    null,
                    null,
                    NearDuplicatesNotChecked: question.NearNotChecked
                );
            }

            if (windows.Count > ExclusionProof.MaxFingerprints)
            {
                throw new CliException(
                    $"{name} has {windows.Count:N0} fingerprints, a question has at most {ExclusionProof.MaxFingerprints:N0} (about 330 kB of text): cut it into parts.",
                    ExitCode.Usage
                );
            }

            var asked = new CheckedText(new MerkleHash(SHA256.HashData(text)), text.Length, (int)skipped.All);
            var (proof, findings, hits, near, notChecked) = await question.AskAsync(
                asked,
                text,
                windows,
                cancellationToken
            );
            var common = phrases?.Explain(text, windows);
            return new CheckedFile(
                name,
                findings,
                (int)skipped.All,
                MatchedSpans.Of(text, windows, [.. hits.Select((hit, i) => hit && common?[i] != true)]),
                Keep(name, proof),
                null,
                common is null ? null : RemainingFindings.Of(proof.Fingerprints, hits, common, rate),
                common is null ? null : MatchedSpans.Of(text, windows, [.. hits.Select((hit, i) => hit && common[i])]),
                near,
                notChecked
            );
        }
        catch (CliException failure)
            when (options.Texts.Count > 1 && failure.ExitCode is ExitCode.Usage or ExitCode.Incomplete)
        {
            return new CheckedFile(name, null, 0, [], null, failure.Message);
        }
    }

    private byte[] Read(string name)
    {
        if (name != "-")
        {
            var text = SmallFiles.Read(name, MaxText, host);
            return text.Length <= MaxText ? text : throw TooLong(name);
        }

        using var input = Console.OpenStandardInput();
        var content = new byte[MaxText + 1];
        var length = input.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        return length <= MaxText ? content[..length] : throw TooLong("standard input");
    }

    private static CliException TooLong(string name) =>
        new($"{name} has more than {MaxText >> 20} MiB: cut it into parts.", ExitCode.Usage);

    private long Length(string name)
    {
        var file = name == "-" ? null : new FileInfo(Path.GetFullPath(name, host.WorkingDirectory));
        return file is { Exists: true } ? file.Length : 0;
    }

    private int DryRun(TextFingerprints maker, TextBands? bandsOf)
    {
        foreach (var name in options.Texts)
        {
            var text = Read(name);
            var windows = maker.Of(text, out var skipped);
            string[] fingerprints = [.. windows.Select(window => $"{window.Fingerprint:x16}")];
            string[]? bands = bandsOf?.Of(text) is { } keys ? [.. keys.Select(key => $"{key:x16}")] : null;
            host.Output.WriteLine(
                options.Json
                    ? JsonSerializer.Serialize(
                        new CheckDryRun(name, (int)skipped.All, fingerprints, bands),
                        CliJson.Default.CheckDryRun
                    )
                    : $"{name}: {fingerprints.Length} fingerprints, {skipped.All} skipped, {bands?.Length ?? 0} bands\n{string.Join('\n', [.. fingerprints, .. bands?.Select(band => "band " + band) ?? []])}"
            );
        }

        return ExitCode.Ok;
    }

    private string? Keep(string name, ExclusionProof proof)
    {
        if (options.Proof is not { } path)
        {
            return null;
        }

        var full = Path.GetFullPath(path, host.WorkingDirectory);
        if (options.Texts.Count > 1)
        {
            Directory.CreateDirectory(full);
            // Texts of one name in several folders keep their proofs apart by the digest.
            var file = name == "-" ? "stdin" : Path.GetFileName(name);
            full = Path.Combine(full, $"{file}.{proof.Text.Sha256.ToString()[..8]}.proof.json");
        }

        File.WriteAllBytes(full, proof.Write());
        return full;
    }

    private void Print(CheckResult result)
    {
        if (options.Json)
        {
            host.Output.WriteLine(JsonSerializer.Serialize(result, CliJson.Default.CheckResult));
        }
        else if (options.Csv)
        {
            CheckTable.Write(host.Output, result);
        }
        else
        {
            CheckReport.Write(host.Output, result);
        }
    }

    private static int ExitCodeOf(IReadOnlyList<CheckedFile> found) =>
        found.Any(one => one.Deciding?.Verdict == ExclusionVerdict.Present) ? ExitCode.Present
        : found.Any(one => one.Deciding is null) ? ExitCode.Incomplete
        : found.Any(one => one.Deciding!.Verdict == ExclusionVerdict.Inconclusive) ? ExitCode.Inconclusive
        : found.Any(one => one.NearDuplicates?.Verdict == NearVerdict.Near) ? ExitCode.Near
        : ExitCode.Ok;
}
