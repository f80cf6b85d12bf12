using System.Text;

namespace Lace.Functions.Report;

/// <summary>A report as Markdown: the same words, the plot as a figure in words.</summary>
internal static class Markdown
{
    public static byte[] Render(ReportDocument report)
    {
        var text = new StringBuilder();
        text.Append("# ").Append(Escape(report.Title)).Append("\n\n").Append(Escape(report.Subject)).Append("\n\n");
        foreach (var section in report.Sections)
        {
            text.Append("## ").Append(Escape(section.Heading)).Append("\n\n");
            foreach (var block in section.Blocks)
            {
                Append(text, block);
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Append(StringBuilder text, Block block)
    {
        switch (block)
        {
            case Paragraph paragraph:
                text.Append(Escape(paragraph.Text)).Append("\n\n");
                break;
            case Headline headline:
                text.Append("> **")
                    .Append(headline.Symbol)
                    .Append(' ')
                    .Append(Escape(headline.Word))
                    .Append("** ")
                    .Append(Escape(headline.Sentence))
                    .Append("\n\n");
                break;
            case Bullets bullets:
                foreach (var item in bullets.Items)
                {
                    text.Append("- ").Append(Escape(item)).Append('\n');
                }

                text.Append('\n');
                break;
            case Table table:
                AppendRow(text, table.Headers);
                AppendRow(text, [.. table.Headers.Select(_ => "---")]);
                foreach (var row in table.Rows)
                {
                    AppendRow(text, [.. row.Select(Escape)]);
                }

                text.Append('\n');
                break;
            case Commands commands:
                text.Append("```\n").Append(string.Join('\n', commands.Lines)).Append("\n```\n\n");
                break;
            case Chart chart:
                text.Append(Escape(chart.Summary)).Append("\n\n");
                break;
            default:
                throw new ArgumentOutOfRangeException(
                    nameof(block),
                    block.GetType().Name,
                    "No Markdown for this block."
                );
        }
    }

    private static void AppendRow(StringBuilder text, IReadOnlyList<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    /// <summary>A name given by a user must not become a link, a heading or a cell of its own.</summary>
    private static string Escape(string plain)
    {
        var text = new StringBuilder(plain.Length);
        foreach (var c in plain)
        {
            if (c is '\r' or '\n')
            {
                text.Append(' ');
                continue;
            }

            // The last three keep a renderer from making links of bare addresses.
            if (
                c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '|' or '#' or '!' or '&' or '~' or '$'
                || c is '@' or '/'
                || (
                    c is '.'
                    && text.Length >= 3
                    && text.ToString(text.Length - 3, 3).Equals("www", StringComparison.OrdinalIgnoreCase)
                )
            )
            {
                text.Append('\\');
            }

            text.Append(c);
        }

        return text.ToString();
    }
}
