using System.Text.Json;

namespace Lace.Tests.Cryptography;

/// <summary>Reads published test vectors; <c>vectors/SOURCES.md</c> in the shared folder tells where each file is from.</summary>
internal static class Vectors
{
    public static JsonElement Read(params string[] path) =>
        JsonDocument.Parse(File.ReadAllBytes(SharedFolder.Path(["vectors", .. path]))).RootElement;

    /// <summary>Every test of every group of an ACVP or Wycheproof file, with its group.</summary>
    public static IEnumerable<(JsonElement Group, JsonElement Test)> Tests(JsonElement file) =>
        from @group in file.GetProperty("testGroups").EnumerateArray()
        from test in @group.GetProperty("tests").EnumerateArray()
        select (@group, test);

    public static byte[] Hex(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? Convert.FromHexString(value.GetString()!) : [];

    public static byte[] Base64(this JsonElement element, string name) =>
        element.GetProperty(name).GetBytesFromBase64();

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString()!;

    public static bool Has(this JsonElement element, string name) => element.TryGetProperty(name, out _);

    public static void Print(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
