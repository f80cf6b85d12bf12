using System.Text.Json;

namespace Lace.Functions.Train;

/// <summary>What the API reads of a model: the worker reads the rest.</summary>
/// <param name="Positions">Longest sequence; null where the configuration names none.</param>
internal sealed record HostedModel(string Folder, int VocabularySize, int? Positions);

/// <summary>The models of this host.</summary>
internal sealed class HostedModels(HostedFolder folder)
{
    private const string ConfigName = "config.json";
    private const int MaxConfigBytes = 1 << 20;

    /// <summary>Null where there is no readable model of that name.</summary>
    public HostedModel? Find(string modelRef)
    {
        if (folder.Find(modelRef) is not { } path)
        {
            return null;
        }

        var config = new FileInfo(Path.Combine(path, ConfigName));
        if (!config.Exists || config.Length > MaxConfigBytes)
        {
            return null;
        }

        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(config.FullName));
            return Number(json.RootElement, "vocab_size") is { } vocabulary and > 0
                ? new HostedModel(
                    path,
                    vocabulary,
                    Number(json.RootElement, "max_position_embeddings") ?? Number(json.RootElement, "n_positions")
                )
                : null;
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? Number(JsonElement config, string name) =>
        config.ValueKind == JsonValueKind.Object
        && config.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number)
            ? number
            : null;
}
