using System.Globalization;
using Lace.Privacy;

namespace Lace.Tests.Privacy;

/// <summary>Every row of the reference figures, and the tables of docs/privacy.md that say how ours compare.</summary>
public sealed class ReferenceRowsTests(ITestOutputHelper output)
{
    private const string Missing = "-";

    /// <summary>Whose figures, by the words of the table, and which of ours they stand beside.</summary>
    private static readonly (string Name, string Library, string Accountant, Accountant Ours)[] Peers =
    [
        ("closed form, q = 1", "Balle-Wang", "analytic", Accountant.Pld),
        ("dp_accounting PLD", "dp_accounting", "PLD", Accountant.Pld),
        ("Opacus PRV", "opacus", "PRV", Accountant.Pld),
        ("dp_accounting RDP", "dp_accounting", "RDP", Accountant.Rdp),
        ("Opacus RDP", "opacus", "RDP", Accountant.Rdp),
    ];

    [Fact]
    public void Rdp_is_never_above_another_program_s_rdp()
    {
        var rows = Rows("dp_accounting", "RDP").Concat(Rows("opacus", "RDP")).ToList();
        Assert.All(rows, row => Assert.True(Ours(Accountant.Rdp, row) <= row.Number("epsilon") * (1 + 1e-6)));
        Assert.Equal(1680, rows.Count);
    }

    /// <summary>PRV gives an estimate plus its error bound of 0.01.</summary>
    [Fact]
    public void Pld_is_within_the_error_that_prv_states()
    {
        var rows = Rows("opacus", "PRV").ToList();
        Assert.All(
            rows,
            row =>
            {
                var epsilon = row.Number("epsilon");
                Assert.InRange(Ours(Accountant.Pld, row) - epsilon, -0.02 - (0.002 * epsilon), 0.001 * epsilon);
            }
        );
        Assert.Equal(127, rows.Count);
    }

    /// <summary>Seed 003 says 2.53 after 1,108 steps, seed 004 says 228.74 after 100; both at σ = 1, δ = 1e-5, and neither states q.</summary>
    [Fact]
    public void The_figures_of_the_seeds_are_wrong_for_every_likely_rate()
    {
        static double Epsilon(double q, long steps) =>
            Accountant.Rdp.Epsilon(PrivacyHistory.Of(new(q, 1), steps), 1e-5);
        Assert.Equal(0.66, Epsilon(0.001, 1108), 2);
        Assert.Equal(1.77, Epsilon(0.008, 1108), 2);
        Assert.Equal(0.63, Epsilon(0.001, 100), 2);
        Assert.Equal(1.214, Epsilon(0.01, 100), 3);
        Assert.Equal(2.53, Epsilon(0.01153, 1108), 2);

        // Without any sampling 100 steps cost 91.82, so no rate gives 228.74.
        Assert.Equal(96.04, Epsilon(1, 100), 2);
        Assert.InRange(Accountant.Pld.Epsilon(PrivacyHistory.Of(new(1, 1), 100), 1e-5), 91.816, 91.86);
    }

    [Fact]
    public void The_summary_in_the_documentation_is_what_the_code_gives()
    {
        var lines = Peers.Select(peer =>
        {
            var rows = Rows(peer.Library, peer.Accountant).ToList();
            var ours = rows.Select(row => (Ours: Ours(peer.Ours, row), Theirs: row.Number("epsilon"))).ToList();
            var ratios = ours.Where(pair => pair.Theirs > 0.01)
                .Select(pair => pair.Ours / pair.Theirs)
                .Order()
                .ToList();
            var below = ours.Count(pair => pair.Ours < (pair.Theirs * 0.999) - 1e-4);
            var above = ours.Count(pair => pair.Ours > (pair.Theirs * 1.001) + 1e-4);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"| {peer.Name} | {peer.Ours.ToString().ToUpperInvariant()} | {rows.Count} | {ratios[0]:0.0000} | {ratios[ratios.Count / 2]:0.0000} | {ratios[^1]:0.0000} | {below} | {above} |"
            );
        });
        Compare("privacy.md", string.Join('\n', lines), "<!-- table -->\n", "\n<!-- end -->");
    }

    [Fact]
    public void The_table_of_every_row_is_what_the_code_gives()
    {
        var all = Table().GroupBy(row => (row["sigma"], row["q"], row["steps"], row["delta"]));
        var lines = all.Select(rows =>
        {
            var row = rows.First();
            var theirs = Peers
                .Reverse()
                .Select(peer => rows.FirstOrDefault(other => Is(other, peer.Library, peer.Accountant)));
            return string.Join(
                ',',
                [
                    .. new[] { "sigma", "q", "steps", "delta" }.Select(name => row[name]),
                    Text(Ours(Accountant.Rdp, row)),
                    Text(Ours(Accountant.Pld, row)),
                    .. theirs.Select(other =>
                        other is null || other["epsilon"].StartsWith('E') ? Missing : Text(other.Number("epsilon"))
                    ),
                ]
            );
        });
        const string Names =
            "sigma,q,steps,delta,rdp,pld,opacus_rdp,dp_accounting_rdp,opacus_prv,dp_accounting_pld,closed_form\n";
        Compare("privacy-epsilon.csv", string.Join('\n', lines) + "\n", Names, "");
    }

    private static string Text(double epsilon) => epsilon.ToString("G5", CultureInfo.InvariantCulture);

    private static double Ours(Accountant accountant, ReferenceRow row) => ReferenceTable.Epsilon(accountant, row);

    private static IEnumerable<ReferenceRow> Rows(string library, string accountant) =>
        Table().Where(row => Is(row, library, accountant) && !row["epsilon"].StartsWith('E'));

    private static bool Is(ReferenceRow row, string library, string accountant) =>
        row["library"].StartsWith(library, StringComparison.Ordinal)
        && row["accountant"].StartsWith(accountant, StringComparison.Ordinal);

    private static List<ReferenceRow> Table() => ReferenceTable.Read("accounting_reference.csv");

    /// <summary>Compares a stretch of a page, or with LACE_UPDATE=1 rewrites it.</summary>
    private void Compare(string page, string expected, string before, string after)
    {
        var path = Path.Combine(SharedFolder.RepositoryRoot, "docs", page);
        var text = File.ReadAllText(path);
        var from = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
        var to = after.Length == 0 ? text.Length : text.IndexOf(after, StringComparison.Ordinal);
        output.WriteLine(expected.Length < 2000 ? expected : $"{expected.Count(c => c == '\n')} lines");
        if (Environment.GetEnvironmentVariable("LACE_UPDATE") == "1")
        {
            File.WriteAllText(path, text[..from] + expected + text[to..]);
            return;
        }

        Assert.Equal(expected, text[from..to]);
    }
}
