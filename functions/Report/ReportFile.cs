using System.Text.Encodings.Web;
using System.Text.Json;
using Lace.Evidence.Verification;
using Lace.Functions.Storage;

namespace Lace.Functions.Report;

/// <summary>One format of reports.</summary>
internal sealed record ReportFile(
    string Format,
    string MediaType,
    Func<Attestation, VerificationResult, DateTimeOffset, byte[]> Render
)
{
    private static readonly ReportJson Readable = new(
        new JsonSerializerOptions(ReportJson.Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = true,
        }
    );

    private static readonly ReportFile[] All =
    [
        new("html", "text/html; charset=utf-8", (a, r, now) => Html.Render(ReportContent.Build(a, r, now))),
        new("md", "text/markdown; charset=utf-8", (a, r, now) => Markdown.Render(ReportContent.Build(a, r, now))),
        new(
            "json",
            "application/json",
            (a, r, now) =>
                JsonSerializer.SerializeToUtf8Bytes(
                    new ReportData("lace-report/1", now, ReportContent.Notice, a, r),
                    Readable.ReportData
                )
        ),
    ];

    /// <summary>Null where there is no such format.</summary>
    public static ReportFile? Find(string format) => Array.Find(All, file => file.Format == format);
}

/// <summary>The JSON form: what the other forms are written from.</summary>
internal sealed record ReportData(
    string Report,
    DateTimeOffset CreatedAt,
    string Notice,
    Attestation Attestation,
    VerificationResult Verification
);
