using System.Collections.Concurrent;
using System.Globalization;
using Lace.Privacy;

namespace Lace.Tests.Privacy;

/// <summary>A row of a table of reference figures, by column name.</summary>
internal sealed class ReferenceRow(string[] names, string[] fields)
{
    public string this[string name] => fields[Array.IndexOf(names, name)];

    public PrivacyHistory History => PrivacyHistory.Of(new(Number("q"), Number("sigma")), (long)Number("steps"));

    public double Number(string name) => double.Parse(this[name], CultureInfo.InvariantCulture);
}

/// <summary>The tables of figures by other programs that lie beside the specification.</summary>
internal static class ReferenceTable
{
    private static readonly ConcurrentDictionary<string, double> Known = new(StringComparer.Ordinal);

    public static List<ReferenceRow> Read(string file)
    {
        var lines = File.ReadAllLines(SharedFolder.Path("spec", file));
        var names = Fields(lines[0]);
        return [.. lines.Skip(1).Select(line => new ReferenceRow(names, Fields(line)))];
    }

    /// <summary>ε of a row by our code; several rows and tests ask for the same.</summary>
    public static double Epsilon(Accountant accountant, ReferenceRow row) =>
        Known.GetOrAdd(
            $"{accountant} {row["sigma"]} {row["q"]} {row["steps"]} {row["delta"]}",
            _ => accountant.Epsilon(row.History, row.Number("delta"))
        );

    /// <summary>Names of accountants have commas inside quotation marks.</summary>
    private static string[] Fields(string line) =>
        [.. line.Split('"').SelectMany((part, i) => i % 2 == 1 ? [part] : Bare(part))];

    private static string[] Bare(string part) => part.Trim(',') is { Length: > 0 } text ? text.Split(',') : [];
}
