using System.Text.Json.Nodes;

namespace Lace.Cli.Train;

/// <summary>Seals the state of a training client and writes the certificate of the artifact into a file.</summary>
internal static class SavedState
{
    public static async Task<StateSaved> SaveAsync(
        LaceApi api,
        TrainingSession session,
        string name,
        JsonObject? metadata,
        string? certificate,
        CommandHost host,
        CancellationToken cancellationToken
    )
    {
        var body = new JsonObject { ["name"] = name, ["metadata"] = metadata ?? [] };
        var sent = await session.SendAsync("save_state", body, cancellationToken);
        var result = await session.ResultAsync(sent, cancellationToken);
        var artifact =
            result["artifact_id"]?.GetValue<string>()
            ?? throw new CliException("The service saved a state and named no artifact.", ExitCode.Unavailable);
        var path = Path.GetFullPath(certificate ?? FileName(name), host.WorkingDirectory);
        var isCertified = await WriteCertificateAsync(api, artifact, path, cancellationToken);
        return new(
            artifact,
            result["content_hash"]?.GetValue<string>(),
            (long?)result.Number("size_bytes"),
            isCertified ? path : null
        );
    }

    /// <summary>False where there is none: only private training is certified.</summary>
    public static async Task<bool> WriteCertificateAsync(
        LaceApi api,
        string artifact,
        string path,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var bytes = await api.GetBytesAsync(
                $"v1/artifacts/{Uri.EscapeDataString(artifact)}/certificate",
                cancellationToken
            );
            await File.WriteAllBytesAsync(path, bytes, cancellationToken);
            return true;
        }
        catch (ApiException none) when (none.Status == 404)
        {
            return false;
        }
    }

    // A name is the user's own words; of them only what is a file name everywhere becomes one.
    private static string FileName(string name) =>
        string.Concat(name.Take(80).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'))
        + ".dp-certificate.json";
}
