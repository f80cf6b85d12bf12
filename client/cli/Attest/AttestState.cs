using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lace.Evidence.Datasets;

namespace Lace.Cli.Attest;

/// <summary>An attestation in progress, as another call needs it to go on.</summary>
/// <param name="IdempotencyKey">Under which the attestation was or will be created, so that a kill in between makes no second one.</param>
/// <param name="AttestationId">Null until the service has answered.</param>
/// <param name="Fingerprint">Of the data: another one means that this attestation cannot be completed.</param>
/// <param name="KSalt">Base64; secret.</param>
/// <param name="Filter">What the service gave for the fingerprints; null where none are sent.</param>
internal sealed record AttestState(
    string IdempotencyKey,
    string? AttestationId,
    string Fingerprint,
    string KSalt,
    FilterMaterial? Filter = null
)
{
    public static AttestState New(string fingerprint) =>
        new(
            Guid.NewGuid().ToString(),
            null,
            fingerprint,
            Convert.ToBase64String(RandomNumberGenerator.GetBytes(DatasetCommitment.SaltKeySize))
        );
}

/// <summary>The state of one server, paths and options on disk, held by one process at a time.</summary>
/// <remarks>The lock is one of the operating system, so it ends with the process, however that ends.</remarks>
internal sealed class AttestStateFile : IDisposable
{
    private readonly string path;
    private readonly FileStream held;

    private AttestStateFile(string path, FileStream held) => (this.path, this.held) = (path, held);

    /// <summary>Opens the state that belongs to a call: the same server, paths and options give the same file.</summary>
    /// <exception cref="CliException">Another process works on it.</exception>
    public static AttestStateFile Open(string folder, Uri baseUrl, AttestOptions options, string workingDirectory)
    {
        PrivateFiles.CreateFolder(folder);
        var file = Path.Combine(folder, $"attest-{KeyOf(baseUrl, options, workingDirectory)}.json");
        try
        {
            return new AttestStateFile(file, PrivateFiles.Open(file + ".lock", FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException cause)
        {
            throw new CliException(
                "Another `lace attest` works on the same dataset with the same options. Wait for it, or end it.",
                ExitCode.Incomplete,
                cause
            );
        }
    }

    /// <summary>The attestation in progress, or null. A file that cannot be read counts as none: it only costs a new attestation.</summary>
    public AttestState? Load()
    {
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.AttestState)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Save(AttestState state) =>
        PrivateFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(state, CliJson.Default.AttestState));

    public void Delete() => File.Delete(path);

    public void Dispose() => held.Dispose();

    private static string KeyOf(Uri baseUrl, AttestOptions options, string workingDirectory)
    {
        string[] parts =
        [
            baseUrl.ToString(),
            options.Name ?? "",
            options.Format?.ToString() ?? "",
            options.Part.ToString(),
            options.Plan?.ToString() ?? "",
            options.Filter?.ToString() ?? "",
            .. options
                .Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .SelectMany(pair => (string[])[pair.Key, pair.Value]),
            "",
            .. options.Paths.Select(path => path == "-" ? path : Path.GetFullPath(path, workingDirectory)),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..24];
    }
}
