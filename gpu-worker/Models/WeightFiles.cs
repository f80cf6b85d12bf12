using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Lace.Worker.Models;

/// <summary>
/// The files of a model's weights: <c>model.safetensors</c>, or shards that <c>model.safetensors.index.json</c> lists. An index comes
/// with the model, so its file names are taken as hostile.
/// </summary>
internal static class WeightFiles
{
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";

    /// <summary>Readers of transformers ask for it.</summary>
    private static readonly Dictionary<string, string> Metadata = new() { ["format"] = "pt" };

    /// <summary>Calls <paramref name="each"/> at every tensor, which it may read or leave.</summary>
    /// <exception cref="ModelException">No weights, or files that are not as their format says.</exception>
    public static void Read(string folder, Action<SafeTensorsReader> each)
    {
        if (File.Exists(Path.Combine(folder, Single)))
        {
            Read(folder, Single, each);
            return;
        }

        var index = Path.Combine(folder, Index);
        if (!File.Exists(index))
        {
            throw new ModelException(
                $"{folder} has neither {Single} nor {Index}. Weights of other kinds (pytorch_model.bin runs code when loaded) are not read."
            );
        }

        var shards = ParseIndex(File.ReadAllBytes(index)).ToLookup(pair => pair.Value, pair => pair.Key);
        foreach (var shard in shards.OrderBy(shard => shard.Key, StringComparer.Ordinal))
        {
            var promised = shard.ToHashSet();
            Read(
                folder,
                shard.Key,
                reader =>
                {
                    if (!promised.Remove(reader.Current.Name))
                    {
                        throw new ModelException($"{Index} does not have {reader.Current.Name} in {shard.Key}.");
                    }

                    each(reader);
                }
            );
            if (promised.Count > 0)
            {
                throw new ModelException($"{shard.Key} lacks {promised.First()}, which {Index} has there.");
            }
        }
    }

    /// <summary>Writes one file, or shards of at most <paramref name="shardBytes"/> and their index.</summary>
    /// <exception cref="IOException">The folder holds weights already.</exception>
    public static void Write(string folder, IReadOnlyList<SafeTensorsContent> contents, long shardBytes)
    {
        if (Directory.EnumerateFiles(folder, "*.safetensors*").Any())
        {
            throw new IOException($"{folder} holds weights already.");
        }

        var shards = Divide(contents, shardBytes);
        if (shards.Count == 1)
        {
            SafeTensors.Write(Path.Combine(folder, Single), contents, Metadata);
            return;
        }

        var map = new JsonObject();
        for (var i = 0; i < shards.Count; i++)
        {
            var name = $"model-{i + 1:D5}-of-{shards.Count:D5}.safetensors";
            SafeTensors.Write(Path.Combine(folder, name), shards[i], Metadata);
            foreach (var content in shards[i])
            {
                map[content.Name] = name;
            }
        }

        var total = contents.Sum(content => content.Bytes);
        var index = new JsonObject
        {
            ["metadata"] = new JsonObject { ["total_size"] = total },
            ["weight_map"] = map,
        };
        File.WriteAllText(Path.Combine(folder, Index), index.ToJsonString(new() { WriteIndented = true }) + "\n");
    }

    /// <summary>SHA-256 of the one file that all of it would be written to.</summary>
    public static string Digest(IEnumerable<SafeTensorsContent> contents)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            SafeTensors.Write(stream, contents, Metadata);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }

    private static void Read(string folder, string name, Action<SafeTensorsReader> each)
    {
        try
        {
            using var file = new FileStream(
                Path.Combine(folder, name),
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read,
                1 << 16
            );
            var reader = new SafeTensorsReader(file);
            while (reader.Next())
            {
                each(reader);
            }
        }
        catch (ModelException e)
        {
            throw new ModelException($"{name}: {e.Message}", e);
        }
        catch (FileNotFoundException e)
        {
            throw new ModelException($"{Index} names {name}, which is not there.", e);
        }
    }

    private static Dictionary<string, string> ParseIndex(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false, MaxDepth = 8 });
            return document
                .RootElement.GetProperty("weight_map")
                .EnumerateObject()
                .ToDictionary(pair => pair.Name, pair => FileName(pair.Value.GetString()));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new ModelException($"{Index} is no index of shards: {e.Message}", e);
        }
    }

    /// <summary>A plain name of this folder and nothing that leads out of it.</summary>
    private static string FileName(string? name) =>
        name is not null
        && name.EndsWith(".safetensors", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
        && name[0] != '.'
            ? name
            : throw new ModelException(
                $"{Index} names the file '{name}', which is no plain name of a safetensors file."
            );

    private static List<List<SafeTensorsContent>> Divide(IReadOnlyList<SafeTensorsContent> contents, long shardBytes)
    {
        var shards = new List<List<SafeTensorsContent>> { new() };
        var bytes = 0L;
        foreach (var content in contents)
        {
            if (bytes > 0 && bytes + content.Bytes > shardBytes)
            {
                shards.Add([]);
                bytes = 0;
            }

            shards[^1].Add(content);
            bytes += content.Bytes;
        }

        return shards;
    }
}
