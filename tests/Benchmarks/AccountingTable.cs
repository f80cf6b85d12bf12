using System.Globalization;
using Lace.Privacy;

namespace Lace.Benchmarks;

/// <summary>Our ε, computed now, against every row of docs/privacy-epsilon.csv, which has the figures of other programs.</summary>
internal static class AccountingTable
{
    public const string Name = "accounting";

    /// <summary>A difference that counts: more than a tenth of a percent, and more than what four decimals show.</summary>
    private const double Relative = 1e-3;

    private const double Absolute = 1e-4;

    /// <summary>Below it a ratio tells nothing.</summary>
    private const double Small = 0.01;

    private static readonly (string Column, Accountant Ours)[] Peers =
    [
        ("closed_form", Accountant.Pld),
        ("dp_accounting_pld", Accountant.Pld),
        ("opacus_prv", Accountant.Pld),
        ("dp_accounting_rdp", Accountant.Rdp),
        ("opacus_rdp", Accountant.Rdp),
    ];

    public static int Run(string[] args)
    {
        var path = args is [var given, ..] ? given : Path.Combine("docs", "privacy-epsilon.csv");
        var lines = File.ReadAllLines(path);
        var names = lines[0].Split(',');
        var ratios = Peers.ToDictionary(peer => peer.Column, _ => new List<(double? Ratio, int Side)>());
        Console.WriteLine($"σ,q,steps,δ,rdp,pld,{string.Join(',', Peers.Select(peer => peer.Column + ",ratio"))}");
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(',');
            var history = PrivacyHistory.Of(new(Number("q"), Number("sigma")), (long)Number("steps"));
            var ours = Enum.GetValues<Accountant>()
                .ToDictionary(one => one, one => one.Epsilon(history, Number("delta")));
            var theirs = Peers.Select(peer => Beside(peer, ours[peer.Ours], Field(peer.Column)));
            Console.WriteLine(
                $"{Field("sigma")},{Field("q")},{Field("steps")},{Field("delta")},{Text(ours[Accountant.Rdp])},{Text(ours[Accountant.Pld])},{string.Join(',', theirs)}"
            );

            string Field(string name) => fields[Array.IndexOf(names, name)];
            double Number(string name) => double.Parse(Field(name), CultureInfo.InvariantCulture);
        }

        Console.WriteLine();
        foreach (var (column, _) in Peers)
        {
            var rows = ratios[column];
            Console.WriteLine(
                $"{column, -18} {rows.Count, 4} rows: ratio {Text(rows.Min(row => row.Ratio)!.Value)} to {Text(rows.Max(row => row.Ratio)!.Value)} where theirs is above {Small}; {rows.Count(row => row.Side < 0)} below, {rows.Count(row => row.Side > 0)} above"
            );
        }

        return ratios["closed_form"].Exists(row => row.Side < 0) ? 1 : 0;

        string Beside((string Column, Accountant) peer, double ours, string text)
        {
            if (!double.TryParse(text, CultureInfo.InvariantCulture, out var theirs))
            {
                return "-,-";
            }

            var side =
                ours < (theirs * (1 - Relative)) - Absolute ? -1
                : ours > (theirs * (1 + Relative)) + Absolute ? 1
                : 0;
            ratios[peer.Column].Add((theirs > Small ? ours / theirs : null, side));

            return $"{text},{Text(ours / theirs)}";
        }
    }

    private static string Text(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
