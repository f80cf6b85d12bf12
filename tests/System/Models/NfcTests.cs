using System.Diagnostics;
using System.Text.Json;
using Lace.Tests;
using Lace.Worker.Models;

namespace Lace.SystemTests.Models;

public sealed class NfcTests
{
    [Fact]
    public async Task Composes_as_Python_does()
    {
        var random = new Random(9);
        int[] interesting =
        [
            0x41,
            0x65,
            0x300,
            0x301,
            0x323,
            0x327,
            0x345,
            0x1100,
            0x1161,
            0x11A8,
            0xAC00,
            0xAC01,
            0x1E0A,
            0x212B,
            0x2126,
            0x9BE,
            0x9C7,
            0x1D15E,
            0x114B9,
            0x114BA,
            0xF900,
            0x344,
            0x958,
            0x3099,
            0x304B,
        ];
        var texts = Enumerable
            .Range(0, 0x30000)
            .Where(code => code is < 0xD800 or >= 0xE000)
            .Chunk(8)
            .Select(codes => string.Concat(codes.Select(char.ConvertFromUtf32)))
            .Concat(
                Enumerable
                    .Range(0, 3_000)
                    .Select(_ =>
                        string.Concat(
                            Enumerable
                                .Range(0, 7)
                                .Select(_ => char.ConvertFromUtf32(interesting[random.Next(interesting.Length)]))
                        )
                    )
            )
            .ToArray();
        Assert.Equal(await PythonComposes(texts), texts.Select(Nfc.Normalize));
    }

    private static async Task<string[]> PythonComposes(string[] texts)
    {
        var script = Path.Combine(SharedFolder.RepositoryRoot, "tests", "Outside", "unicode_nfc.py");
        var start = new ProcessStartInfo("/usr/bin/python3", ["-B", script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        await JsonSerializer.SerializeAsync(process.StandardInput.BaseStream, texts);
        process.StandardInput.Close();
        return JsonSerializer.Deserialize<string[]>(await output)!;
    }
}
