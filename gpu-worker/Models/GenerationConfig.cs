using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>
/// Of <c>generation_config.json</c> only the tokens that end a text: models for conversations have more of them there than in
/// <c>config.json</c>. How text is sampled is said by whoever asks for it.
/// </summary>
internal static class GenerationConfig
{
    private const string FileName = "generation_config.json";

    public static IReadOnlyList<int> EndTokens(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return [];
        }

        try
        {
            var node = JsonNode.Parse(File.ReadAllText(path))?["eos_token_id"];
            return node is JsonArray list ? [.. list.Select(id => id!.GetValue<int>())]
                : node is null ? []
                : [node.GetValue<int>()];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ModelException($"{FileName}: {e.Message}", e);
        }
    }

    public static void Write(string folder, IReadOnlyList<int> endTokens)
    {
        if (endTokens.Count > 0)
        {
            var ids = new JsonArray([.. endTokens.Select(id => JsonValue.Create(id))]);
            File.WriteAllText(
                Path.Combine(folder, FileName),
                new JsonObject { ["eos_token_id"] = ids }.ToJsonString() + "\n"
            );
        }
    }
}
