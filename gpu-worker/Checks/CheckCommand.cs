using System.Diagnostics;
using System.Text.Json;
using Lace.Torch;

namespace Lace.Worker.Checks;

/// <summary><c>Lace.Worker check</c>: whether this machine trains right, and how fast.</summary>
internal static class CheckCommand
{
    public const string Help = """
        Compares a device with the CPU on small models, then measures plain and private steps beside each other.

        Usage: Lace.Worker check [--device cpu|cuda|cuda:N] [--part agreement|N] [--quick] [--rounds N] [--json]

          --device   what is checked [cuda where there is one, else cpu]
          --part     the comparison alone, or one shape alone, counted from 1: memory is measured only so [all]
          --quick    small models only: seconds on any machine
          --rounds   steps of each kind that are measured, 5 to 1000 [25]
          --json     one JSON document instead of the tables

        Example: Lace.Worker check --device cuda --json > checks.json
        Exit codes: 0 all agreed, 1 something did not agree, 64 usage, 78 no such device here.
        """;

    private const int Disagreed = 1;
    private const int Usage = 64;
    private const int NoDevice = 78;

    /// <summary>The part that measures nothing.</summary>
    private const int Agreements = 0;

    public static int Run(ReadOnlySpan<string> arguments, TextWriter output, TextWriter error)
    {
        var (device, part, quick, rounds, json) = ((Device?)null, (int?)null, false, 25, false);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--help" or "-h":
                    output.WriteLine(Help);
                    return 0;
                case "--quick":
                    quick = true;
                    break;
                case "--json":
                    json = true;
                    break;
                case "--device" when i + 1 < arguments.Length && TryDevice(arguments[i + 1], out var named):
                    (device, i) = (named, i + 1);
                    break;
                case "--part" when i + 1 < arguments.Length && TryPart(arguments[i + 1], out var named):
                    (part, i) = (named, i + 1);
                    break;
                case "--rounds"
                    when i + 1 < arguments.Length
                        && int.TryParse(arguments[i + 1], out rounds)
                        && rounds is >= 5 and <= 1000:
                    i++;
                    break;
                default:
                    error.WriteLine($"check: '{arguments[i]}' is not understood here; see check --help");
                    return Usage;
            }
        }

        var hasCard = torch.cuda.is_available();
        var on = device ?? (hasCard ? torch.CUDA : torch.CPU);
        if (on.Type == DeviceType.CUDA && !hasCard)
        {
            error.WriteLine($"check: libtorch {torch.version} finds no CUDA device here");
            return NoDevice;
        }

        var shapes = quick ? StepTimes.Quick : StepTimes.Full;
        if (part > shapes.Count)
        {
            error.WriteLine($"check: there are {shapes.Count} shapes, none is number {part}");
            return Usage;
        }

        var report = Measure(on, part, shapes, rounds, error);
        output.WriteLine(json ? JsonSerializer.Serialize(report, CheckJson.Default.CheckReport) : report.ToMarkdown());
        return report.Agreements.All(agreement => agreement.Holds) ? 0 : Disagreed;
    }

    private static CheckReport Measure(
        Device device,
        int? part,
        IReadOnlyList<CheckedShape> shapes,
        int rounds,
        TextWriter progress
    )
    {
        var agreements = new List<Agreement>();
        foreach (var agreement in part is null or Agreements ? DeviceAgreement.Compare(device) : [])
        {
            agreements.Add(agreement);
            progress.WriteLine($"check: {agreement.Name}: {(agreement.Holds ? "agrees" : "DOES NOT AGREE")}");
        }

        var times = new List<StepTime>();
        for (var shape = 1; shape <= shapes.Count; shape++)
        {
            if (part is null || part == shape)
            {
                progress.WriteLine($"check: measuring {shapes[shape - 1].Name}");
                var time = StepTimes.Measure(shapes[shape - 1], device, rounds);
                times.Add(part is null ? time with { PlainBytes = null, PrivateBytes = null } : time);
            }
        }

        return new CheckReport(device.ToString(), torch.version, Blas(device), rounds, agreements, times);
    }

    private static bool TryPart(string text, out int part)
    {
        part = Agreements;
        return text == "agreement" || (int.TryParse(text, out part) && part >= 1);
    }

    private static string? Blas(Device device) => device.Type == DeviceType.CPU ? Torch.Blas.Loaded.ToString() : null;

    private static bool TryDevice(string text, out Device device)
    {
        try
        {
            device = Device.Parse(text);
            return true;
        }
        catch (FormatException)
        {
            device = default;
            return false;
        }
    }
}
