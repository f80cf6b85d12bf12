using System.Text;
using System.Text.Encodings.Web;

namespace Lace.Functions.Report;

/// <summary>A report as one HTML file: no script, no outside resource, readable on paper and by a screen reader.</summary>
internal static class Html
{
    private const string Style = """
        :root{color-scheme:light}
        body{font:16px/1.5 system-ui,sans-serif;color:#1a1a1a;background:#fff;max-width:62rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.7rem;margin:0}h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid #ccc;padding-bottom:.2rem}
        .subject{color:#444;margin:.2rem 0 1.5rem}.headline{border-left:.4rem solid #444;background:#f4f4f4;padding:.8rem 1rem;margin:1rem 0}
        .headline strong{font-size:1.3rem}.CONSISTENT{border-color:#1b6e3c}.INCONSISTENT{border-color:#a11}.PARTLY_CONSISTENT,.INCONCLUSIVE{border-color:#a86100}
        table{border-collapse:collapse;width:100%;font-size:.93rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd;overflow-wrap:anywhere}
        th{background:#f4f4f4}td:first-child{min-width:12rem}pre{background:#f4f4f4;padding:.8rem;overflow-x:auto}svg{width:100%;height:auto}details{margin:.6rem 0}summary{cursor:pointer;min-height:24px}
        @media print{body{margin:0;max-width:none}details{display:none}}
        """;

    public static string Escape(string text) => HtmlEncoder.Default.Encode(text);

    public static byte[] Render(ReportDocument report)
    {
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\">")
            .Append("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">")
            .Append(
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
            )
            .Append("<title>")
            .Append(Escape(report.Title))
            .Append("</title><style>")
            .Append(Style)
            .Append("</style></head>\n<body>\n<h1>")
            .Append(Escape(report.Title))
            .Append("</h1>\n<p class=\"subject\">")
            .Append(Escape(report.Subject))
            .Append("</p>\n");
        foreach (var section in report.Sections)
        {
            page.Append("<section>\n<h2>").Append(Escape(section.Heading)).Append("</h2>\n");
            foreach (var block in section.Blocks)
            {
                Append(page, block);
            }

            page.Append("</section>\n");
        }

        return Encoding.UTF8.GetBytes(page.Append("</body>\n</html>\n").ToString());
    }

    private static void Append(StringBuilder page, Block block)
    {
        switch (block)
        {
            case Paragraph paragraph:
                page.Append("<p>").Append(Escape(paragraph.Text)).Append("</p>\n");
                break;
            case Headline headline:
                page.Append("<div class=\"headline ")
                    .Append(Escape(headline.Word))
                    .Append("\"><strong>")
                    .Append(headline.Symbol)
                    .Append(' ')
                    .Append(Escape(headline.Word))
                    .Append("</strong><br>")
                    .Append(Escape(headline.Sentence))
                    .Append("</div>\n");
                break;
            case Bullets bullets:
                page.Append("<ul>\n");
                foreach (var item in bullets.Items)
                {
                    page.Append("<li>").Append(Escape(item)).Append("</li>\n");
                }

                page.Append("</ul>\n");
                break;
            case Table table:
                Append(page, table);
                break;
            case Commands commands:
                page.Append("<pre><code>").Append(Escape(string.Join('\n', commands.Lines))).Append("</code></pre>\n");
                break;
            case Chart chart:
                Append(page, chart);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(block), block.GetType().Name, "No HTML for this block.");
        }
    }

    private static void Append(StringBuilder page, Table table)
    {
        page.Append("<table>\n<thead><tr>");
        foreach (var header in table.Headers)
        {
            page.Append("<th scope=\"col\">").Append(Escape(header)).Append("</th>");
        }

        page.Append("</tr></thead>\n<tbody>\n");
        foreach (var row in table.Rows)
        {
            page.Append("<tr>");
            foreach (var cell in row)
            {
                page.Append("<td>").Append(Escape(cell)).Append("</td>");
            }

            page.Append("</tr>\n");
        }

        page.Append("</tbody>\n</table>\n");
    }

    private static void Append(StringBuilder page, Chart chart)
    {
        page.Append("<figure>")
            .Append(chart.Drawing.ToSvg(chart.Summary))
            .Append("<figcaption>")
            .Append(Escape(chart.Summary))
            .Append("</figcaption></figure>\n<details><summary>The figures of the plot</summary>\n");
        Append(page, PlotTable.Of(chart.Drawing.Plot));
        page.Append("</details>\n");
    }
}
