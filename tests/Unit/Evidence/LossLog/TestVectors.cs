using System.Text.Json;
using Lace.Evidence.Transparency;

namespace Lace.Tests.Evidence.LossLog;

/// <summary>Known answers of <c>tests/data</c>, made by Python's hashlib alone.</summary>
internal static class TestVectors
{
    public static JsonElement Read(string name) =>
        JsonElement.Parse(File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "tests", "data", name)));

    public static MerkleHash Hash(this JsonElement element) => Hash(element.GetString());

    public static MerkleHash Hash(string? hex) =>
        MerkleHash.TryParse(hex, out var hash) ? hash : throw new FormatException($"'{hex}' is no hash.");

    public static int[] Integers(this JsonElement element) => [.. element.EnumerateArray().Select(e => e.GetInt32())];
}
