using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Lace.Cryptography;
using Lace.Cryptography.Sealing;

namespace Lace.Benchmarks;

/// <summary>Signatures and sealed files, beside <c>openssl speed</c> in the same run.</summary>
/// <remarks>
/// Both sides are measured in processor time, as <c>openssl speed</c> does by default, so that a busy machine changes
/// neither. Both sides get windows of one second, and the best of the same number of them counts. Only "all cores" is by the clock on both sides.
/// </remarks>
internal static class CryptographyBenchmark
{
    public const string Name = "cryptography";

    private const int Rounds = 3;
    private const double WindowSeconds = 1;
    private const int FileSize = 64 << 20;
    private static readonly byte[] Message = RandomNumberGenerator.GetBytes(300);

    public static int Run(string[] args)
    {
        Console.WriteLine($"{"", -42}{"processor time", 16}{"openssl", 13}{"ratio", 7}{"published", 13}{"ratio", 7}");
        var (opensslSign, opensslVerify) = OpenSslEd25519();

        // The public figures of the specification (seeds.md, section 2.9), from another machine.
        Signature(SignatureAlgorithm.Ed25519, (opensslSign, opensslVerify), (0.045, 0.120));
        Signature(SignatureAlgorithm.MlDsa44, null, null);
        Signature(SignatureAlgorithm.MlDsa65, null, (0.105, 0.033));
        Signature(SignatureAlgorithm.MlDsa65Ed25519, null, null);
        OneMegabyte();
        SealedFiles();
        return 0;
    }

    private static void Signature(
        SignatureAlgorithm algorithm,
        (double Sign, double Verify)? openssl,
        (double Sign, double Verify)? published
    )
    {
        var name = algorithm.Name;
        using var key = algorithm.GenerateKey();
        var signature = algorithm.Sign(key, Message);
        var seed = new byte[algorithm.SeedSize];

        // Hedged: the number of attempts of ML-DSA is luck, and the figure is a mean over hundreds of signatures.
        Print($"{name} key", Milliseconds(() => algorithm.ImportKey(seed).Dispose()), null, null);
        Print(
            $"{name} sign",
            Milliseconds(() => algorithm.Sign(key, Message, default, signature)),
            openssl?.Sign,
            published?.Sign
        );
        Print(
            $"{name} verify",
            Milliseconds(() => algorithm.Verify(key.PublicKey.Encoded, Message, signature)),
            openssl?.Verify,
            published?.Verify
        );
        Print(
            $"{name} verify, key kept",
            Milliseconds(() => algorithm.Verify(key.PublicKey, Message, signature)),
            openssl?.Verify,
            published?.Verify
        );
    }

    /// <summary>What a sealed file adds to AES-GCM, header and key derivation included, at the size of the published figure.</summary>
    private static void OneMegabyte()
    {
        var key = RandomNumberGenerator.GetBytes(SealedFile.KeySize);
        var context = new SealContext("tenant", "artifact", "object");
        var plaintext = new byte[1 << 20];
        var bytes = SealedFile.Seal(plaintext, key, context);
        var openssl = 1000 * plaintext.Length / (OpenSslAes() * 1e9);
        Print("sealed, 1 MiB", Milliseconds(() => SealedFile.Seal(plaintext, key, context, bytes)), openssl, 0.343);
        Print(
            "opened, 1 MiB",
            Milliseconds(() => SealedFile.TryOpen(bytes, key, context, plaintext, out _)),
            openssl,
            0.345
        );
    }

    private static void SealedFiles()
    {
        var key = RandomNumberGenerator.GetBytes(SealedFile.KeySize);
        var context = new SealContext("tenant", "artifact", "object");
        var plaintext = new byte[FileSize];
        var bytes = SealedFile.Seal(plaintext, key, context);
        var (openssl, opensslAll, sealing, opening) = (0.0, 0.0, 0.0, 0.0);
        var (allSealing, streamSealing, streamOpening) = (0.0, 0.0, 0.0);
        var output = new MemoryStream(new byte[bytes.Length]);
        void Seal() => SealedFile.Seal(plaintext, key, context, bytes);
        void Open() => SealedFile.TryOpen(bytes, key, context, plaintext, out _);
        void SealStream()
        {
            output.Position = 0;
            SealedFile.SealAsync(new MemoryStream(plaintext), output, key, context).GetAwaiter().GetResult();
        }

        void OpenStream()
        {
            output.Position = 0;
            SealedFile.OpenAsync(new MemoryStream(bytes), output, key, context).GetAwaiter().GetResult();
        }

        // Turn by turn, because the speed of a shared machine drifts.
        for (var round = 0; round < Rounds; round++)
        {
            openssl = Math.Max(openssl, OpenSslAes());
            sealing = Math.Max(sealing, Rate(Seal, ProcessorSeconds));
            opening = Math.Max(opening, Rate(Open, ProcessorSeconds));
            opensslAll = Math.Max(opensslAll, OpenSslAes("-elapsed", "-multi", $"{Environment.ProcessorCount}"));
            allSealing = Math.Max(allSealing, Rate(Seal, ClockSeconds));
            streamSealing = Math.Max(streamSealing, Rate(SealStream, ClockSeconds));
            streamOpening = Math.Max(streamOpening, Rate(OpenStream, ClockSeconds));
        }

        var cores = $"{Environment.ProcessorCount} cores by clock";
        Print("sealed, in memory, per core", sealing, openssl);
        Print("opened, in memory, per core", opening, openssl);
        Print($"sealed, in memory, {cores}", allSealing, opensslAll);
        Print($"sealed stream, {cores}", streamSealing, opensslAll);
        Print($"opened stream, {cores}", streamOpening, opensslAll);
    }

    private static void Print(string what, double milliseconds, double? openssl, double? published)
    {
        Console.Write($"{what, -42}{milliseconds, 13:F4} ms");
        foreach (var beside in (double?[])[openssl, published])
        {
            Console.Write(beside is null ? $"{"", 20}" : $"{beside, 10:F4} ms{milliseconds / beside, 7:F2}");
        }

        Console.WriteLine();
    }

    private static void Print(string what, double rate, double peer) =>
        Console.WriteLine($"{what, -42}{rate, 11:F2} GB/s{$"{peer:F2} GB/s", 16}  {100 * rate / peer:F0} % of openssl");

    private static double Milliseconds(Action action)
    {
        // The first window warms the code up.
        var best = double.MaxValue;
        for (var round = 0; round <= Rounds; round++)
        {
            var mean = 1000 * MeanSeconds(action, 32, ProcessorSeconds);
            best = round == 0 ? best : Math.Min(best, mean);
        }

        return best;
    }

    private static double Rate(Action action, Func<double> seconds) => FileSize / MeanSeconds(action, 1, seconds) / 1e9;

    private static double MeanSeconds(Action action, int step, Func<double> seconds)
    {
        var start = seconds();
        double elapsed;
        var count = 0;
        do
        {
            for (var i = 0; i < step; i++)
            {
                action();
            }

            count += step;
            elapsed = seconds() - start;
        } while (elapsed < WindowSeconds);

        return elapsed / count;
    }

    private static double ProcessorSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    private static double ClockSeconds() => Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;

    private static (double Sign, double Verify) OpenSslEd25519()
    {
        // +F6:...:253:Ed25519:signatures a second:verifications a second
        var (signs, verifies) = (0.0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            var lines = OpenSsl("-seconds", "1", "ed25519");
            var fields = lines.Last(l => l.StartsWith("+F6:", StringComparison.Ordinal)).Split(':');
            signs = Math.Max(signs, Parse(fields[^2]));
            verifies = Math.Max(verifies, Parse(fields[^1]));
        }

        return (1000 / signs, 1000 / verifies);
    }

    private static double OpenSslAes(params string[] more)
    {
        // +F:...:AES-256-GCM:bytes a second
        var lines = OpenSsl([.. more, "-seconds", "1", "-bytes", "131072", "-evp", "aes-256-gcm"]);
        var line = lines.Last(l => l.StartsWith("+F:", StringComparison.Ordinal));
        return Parse(line.Split(':')[^1]) / 1e9;
    }

    private static double Parse(string number) => double.Parse(number, CultureInfo.InvariantCulture);

    private static string[] OpenSsl(params string[] arguments)
    {
        var start = new ProcessStartInfo("openssl", ["speed", "-mr", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("openssl did not start.");
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return process.StandardOutput.ReadToEnd().Split('\n');
    }
}
