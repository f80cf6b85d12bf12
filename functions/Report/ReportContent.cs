using System.Globalization;
using Lace.Evidence.Datasets;
using Lace.Evidence.Trajectories;
using Lace.Evidence.Verification;
using Lace.Functions.Storage;

namespace Lace.Functions.Report;

/// <summary>What a report says, in which order and in which words: from the attestation and the verification of one run.</summary>
/// <remarks>Adverse facts are printed as they are. No verbal scale: the evaluated model of the likelihood ratio is too narrow for one.</remarks>
internal static class ReportContent
{
    /// <summary>Printed in every report and in the JSON form.</summary>
    public const string Notice =
        "This report is technical documentation made by software from records under the user's control and from declarations marked as such. It is not legal advice, not an expert opinion, and not a finding of compliance. Whether it meets any standard of proof is for the court or authority.";

    private static readonly CultureInfo Plain = CultureInfo.InvariantCulture;

    public static ReportDocument Build(Attestation attestation, VerificationResult result, DateTimeOffset now) =>
        new(
            "Training data report",
            $"Run {result.Id} against dataset attestation {attestation.Id}. Made {Time(now)} by Lace 0.1, method {result.Method}.",
            [
                Summary(attestation, result),
                Checks(result),
                new Section("What this shows", Sentences(result.Shows, "Nothing beyond that the log was recorded.")),
                new Section("What this does not show", [new Bullets(result.DoesNotShow)]),
                Dataset(attestation),
                Training(attestation, result),
                Correlation(result),
                Assessment(result),
                HowToCheck(result),
            ]
        );

    private static Section Summary(Attestation attestation, VerificationResult result) =>
        new(
            "Result",
            [
                new Headline(Symbol(result.Verdict), result.Verdict, result.Reason),
                Facts(
                    ("Evidence level", $"{result.Level} ({result.LevelName}) of 5"),
                    ("Dataset committed", Time(attestation.CompletedAt) + " by the server's clock"),
                    ("First loss received", Time(result.Run.FirstLossAt)),
                    (
                        "Statistic",
                        result.Statistic is { } s
                            ? $"{s.Name} {Number(s.Score)}, approx. 90 % interval {Number(s.CiLow)} to {Number(s.CiHigh)}, {PValue.Text(s.PTail)}, {s.N} usable points"
                            : "none"
                    ),
                    ("Withdrawn", attestation.Revoked is { } r ? $"{Time(r.At)}: {r.Reason}" : "no")
                ),
            ]
        );

    private static Section Checks(VerificationResult result) =>
        new(
            "Checks",
            [
                new Table(
                    ["check", "result", "what was found"],
                    [
                        .. result.Checks.Select(check =>
                            (IReadOnlyList<string>)
                                [
                                    check.Name,
                                    check.Status switch
                                    {
                                        CheckStatus.Passed => "✓ passed",
                                        CheckStatus.Failed => "✗ failed",
                                        _ => "– not checked",
                                    },
                                    check.Detail,
                                ]
                        ),
                    ]
                ),
            ]
        );

    private static Section Dataset(Attestation attestation)
    {
        var dataset = attestation.Dataset;
        var blocks = new List<Block>
        {
            new Paragraph(
                "The root and the totals were computed by the service from what was sent before training. Name, metadata and statistics are the owner's declarations; the service never saw the text."
            ),
            Facts(
                ("Name (declared)", attestation.Name ?? "not given"),
                ("Attestation", attestation.Id),
                ("Format", $"{dataset.Format} from {dataset.Sources} source(s)"),
                ("Part trained on (declared)", Part(dataset.Part)),
                ("Records", $"{dataset.Records}"),
                ("Root (RFC 6962 tree head, SHA-256)", dataset.Root ?? "none"),
                ("SHA-256 of the statement", attestation.StatementSha256 ?? "none"),
                ("Begun, completed", $"{Time(attestation.CreatedAt)}, {Time(attestation.CompletedAt)}")
            ),
        };
        if (dataset.Statistics is { } s)
        {
            blocks.Add(
                Facts(
                    ("Bytes, of which trained on (declared)", $"{s.Bytes}, {s.TrainedBytes}"),
                    ("Longest, shortest record (declared)", $"{s.Longest}, {s.Shortest} bytes"),
                    ("Exact duplicates (declared)", $"{s.Duplicates}"),
                    ("Records that are not valid UTF-8 (declared)", $"{s.InvalidUtf8}"),
                    ("Byte entropy (declared)", s.EntropyBitsPerByte.ToString("0.000", Plain) + " bits per byte"),
                    (
                        "Scripts (declared)",
                        string.Join(", ", s.Scripts.Select(p => $"{p.Key} {(100 * p.Value).ToString("0.#", Plain)} %"))
                    ),
                    (
                        "Byte models, entropy and scripts of (declared)",
                        s.TextSample is { } n ? $"one in {n} records, chosen by content" : "all records"
                    )
                )
            );
        }

        if (attestation.Metadata is { Count: > 0 } metadata)
        {
            blocks.Add(Facts([.. metadata.Select(pair => (pair.Key + " (declared)", pair.Value))]));
        }

        return new Section("Dataset documentation", blocks);
    }

    private static Section Training(Attestation attestation, VerificationResult result)
    {
        var run = result.Run;
        return new Section(
            "Training details",
            [
                Facts(
                    ("Run", result.Id),
                    (
                        "Plan (declared)",
                        attestation.Plan is { } plan
                            ? $"{plan.Epochs} epoch(s) of batches of {plan.Batch}"
                            : "not declared"
                    ),
                    ("Batch order", run.Order),
                    ("Points, segments", $"{run.Points}, {run.Segments}"),
                    ("Finished", run.Finished ? "yes" : "no: the run sent no end"),
                    (
                        "Gaps in the log",
                        run.Gaps.Count == 0
                            ? "none"
                            : string.Join(", ", run.Gaps.Select(gap => $"segments {gap[0]} to {gap[1]}"))
                    ),
                    (
                        "Refused segments",
                        run.Refused.Values.Sum() == 0
                            ? "none"
                            : string.Join(", ", run.Refused.Where(p => p.Value > 0).Select(p => $"{p.Key}: {p.Value}"))
                    ),
                    ("Points superseded by a resume", $"{run.Superseded}"),
                    ("Losses that are not finite", $"{run.NonFinite}"),
                    (
                        "Other runs of this attestation",
                        result.OtherRuns.Count == 0 ? "none" : string.Join(", ", result.OtherRuns)
                    )
                ),
            ]
        );
    }

    private static Section Correlation(VerificationResult result)
    {
        if (result.Statistic is not { } s)
        {
            return new Section("Correlation evidence", [new Paragraph("No statistic: " + result.Reason)]);
        }

        var blocks = new List<Block>
        {
            new Paragraph(
                "Each step's loss, less its slow trend, is compared with the difficulty that the committed features give for exactly the records of that step."
            ),
            Facts(
                ("Null hypothesis", s.Null),
                ("Score", Number(s.Score)),
                ("Interval, approx. 90 %", $"{Number(s.CiLow)} to {Number(s.CiHigh)}"),
                ("Normal tail of the null", PValue.Text(s.PTail)),
                ("Rotations that reach the score", PValue.Text(s.PShift)),
                ("Null mean and standard deviation", $"{Number(s.NullMean)}, {Number(s.NullSd)}"),
                ("Points logged, usable, effective", $"{s.Points}, {s.N}, {s.NEff.ToString("0.#", Plain)}"),
                ("log10 of the likelihood ratio", s.Log10LikelihoodRatio.ToString("0.0", Plain)),
                (
                    "Effect size grade",
                    s.Grade + (s.GradeCap is { } cap ? $" (capped at {cap}: the order was not bound)" : "")
                ),
                ("Warning", s.Warning ?? "none"),
                ("Stretches that the declared data do not explain", Stretches(result.Undeclared))
            ),
        };
        var drawing = new TrajectoryChart(result.Plot);
        if (!drawing.IsEmpty)
        {
            blocks.Add(
                new Chart(
                    drawing,
                    $"Observed and predicted loss less trend over {result.Plot.Step.Count} points, correlation {Number(s.Score)}. Shaded: {Stretches(result.Undeclared)}."
                )
            );
        }

        return new Section("Correlation evidence", blocks);
    }

    private static Section Assessment(VerificationResult result) =>
        new(
            "Evidential assessment and limits",
            [
                new Paragraph(Notice),
                new Paragraph(
                    "Lace does not assess legal sufficiency. A grade is an effect size, no error rate and no standard of proof; a lower grade of a true run is not guilt."
                ),
                new Table(
                    ["question an expert will ask", "answer"],
                    [
                        [
                            "Was the test fixed before the run?",
                            $"The method {result.Method} is published with all its constants; nothing of it is chosen for a run.",
                        ],
                        [
                            "Has it been tested?",
                            "On 30 recorded runs of small models, true ones and frauds, and on each one's losses against the others' data: docs/trajectory.md, section 4.",
                        ],
                        [
                            "Known error rate",
                            "None of 865 pairings of a recorded run with other data or another order was accepted; the largest score was 0.244. They share runs, so they are not independent trials. For one run the p-value above is the figure to quote.",
                        ],
                        ["Peer review", "Not yet."],
                        ["General acceptance", "Not yet."],
                        [
                            "Models it was measured on",
                            "0.1 to 0.45 million parameters, text. Not measured on large models.",
                        ],
                    ]
                ),
            ]
        );

    private static Section HowToCheck(VerificationResult result) =>
        new(
            "How to check this yourself",
            [
                new Paragraph(
                    "No key is needed. The first command recomputes nothing locally: it asks the service. The raw points come with the owner's key."
                ),
                new Commands([$"lace verify --id {result.Id}", $"lace verify --id {result.Id} --json"]),
            ]
        );

    private static Block[] Sentences(IReadOnlyList<string> sentences, string otherwise) =>
        sentences.Count > 0 ? [new Bullets(sentences)] : [new Paragraph(otherwise)];

    private static Table Facts(params (string Label, string Value)[] rows) =>
        new(["what", "value"], [.. rows.Select(row => (IReadOnlyList<string>)[row.Label, row.Value])]);

    private static string Symbol(string verdict) =>
        verdict switch
        {
            "CONSISTENT" => "✓",
            "INCONSISTENT" => "✗",
            _ => "?",
        };

    private static string Part(DatasetPart part) =>
        (
            part.Kind == DatasetPartKind.Whole
                ? "the whole record"
                : $"{part.Kind.ToString().ToLowerInvariant()} {part.Field}"
        ) + (part.MaxBytes is { } max ? $", at most {max} bytes" : "");

    private static string Stretches(UndeclaredResult undeclared) =>
        undeclared.Steps.Count == 0
            ? "none located"
            : string.Join(", ", undeclared.Steps.Select(span => $"steps {span.From} to {span.To}"))
                + $" ({(100 * undeclared.Fraction).ToString("0.#", Plain)} % of the points)";

    private static string Time(DateTimeOffset? time) =>
        time?.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", Plain) ?? "not known";

    private static string Number(double value) => value.ToString("0.000", Plain);
}
