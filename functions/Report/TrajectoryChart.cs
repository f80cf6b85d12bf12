using System.Globalization;
using System.Text;
using Lace.Evidence.Verification;

namespace Lace.Functions.Report;

/// <summary>The two residual curves as SVG: what the run logged, and what the committed batches predict.</summary>
internal sealed class TrajectoryChart(PlotResult plot)
{
    private const double Width = 960;
    private const double Height = 320;
    private const double Left = 64;
    private const double Right = 28;
    private const double Top = 34;
    private const double Bottom = 44;

    public PlotResult Plot => plot;

    public bool IsEmpty => plot.Step.Count < 2;

    public string ToSvg(string summary)
    {
        var svg = new StringBuilder();
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Html.Escape(summary)}\" font-family=\"sans-serif\" font-size=\"13\">"
        );
        var scale = Scale.Of(plot);
        foreach (var (from, to) in FlaggedSpans())
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<rect x=\"{X(scale, from):0.#}\" y=\"{Top}\" width=\"{Math.Max(1, X(scale, to) - X(scale, from)):0.#}\" height=\"{Height - Top - Bottom}\" fill=\"#f6d5d0\"/>"
            );
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{X(scale, from) + 4:0.#}\" y=\"{Height - Bottom - 6}\" fill=\"#8a1f11\">not explained: {from}..{to}</text>"
            );
        }

        AppendAxes(svg, scale);
        AppendLine(svg, scale, plot.Observed, "#333333", "");
        AppendLine(svg, scale, plot.Predicted, "#c05a00", " stroke-dasharray=\"5 2\"");
        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{Left}\" y=\"20\" fill=\"#333333\">— observed loss less trend</text><text x=\"{Left + 230}\" y=\"20\" fill=\"#a04a00\">- - predicted from the committed batches</text></svg>"
        );
        return svg.ToString();
    }

    /// <summary>Runs of flagged points, in steps.</summary>
    private IEnumerable<(long From, long To)> FlaggedSpans()
    {
        for (var i = 0; i < plot.Step.Count; i++)
        {
            if (!plot.Flagged[i])
            {
                continue;
            }

            var start = i;
            while (i + 1 < plot.Step.Count && plot.Flagged[i + 1])
            {
                i++;
            }

            yield return (plot.Step[start], plot.Step[i]);
        }
    }

    private static void AppendAxes(StringBuilder svg, Scale scale)
    {
        for (var i = 0; i <= 4; i++)
        {
            var value = scale.Low + ((scale.High - scale.Low) * i / 4);
            var y = Y(scale, value);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:0.#}\" y2=\"{y:0.#}\" stroke=\"#dddddd\"/><text x=\"{Left - 6}\" y=\"{y + 4:0.#}\" text-anchor=\"end\" fill=\"#444444\">{value:0.00}</text>"
            );
            var step = scale.First + ((scale.Last - scale.First) * i / 4);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<text x=\"{X(scale, step):0.#}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\" fill=\"#444444\">{step}</text>"
            );
        }

        svg.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\" fill=\"#444444\">optimizer step</text>"
        );
    }

    private void AppendLine(
        StringBuilder svg,
        Scale scale,
        IReadOnlyList<double> values,
        string colour,
        string attributes
    )
    {
        svg.Append("<polyline fill=\"none\" stroke-width=\"1.2\" stroke=\"").Append(colour).Append('"');
        svg.Append(attributes).Append(" points=\"");
        for (var i = 0; i < values.Count; i++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"{X(scale, plot.Step[i]):0.#},{Y(scale, values[i]):0.#} ");
        }

        svg.Append("\"/>");
    }

    private static double X(Scale scale, long step) =>
        Left + ((Width - Left - Right) * (step - scale.First) / Math.Max(1, scale.Last - scale.First));

    private static double Y(Scale scale, double value) =>
        Top + ((Height - Top - Bottom) * (scale.High - value) / (scale.High - scale.Low));

    private sealed record Scale(long First, long Last, double Low, double High)
    {
        public static Scale Of(PlotResult plot)
        {
            var low = Math.Min(plot.Observed.Min(), plot.Predicted.Min());
            var high = Math.Max(plot.Observed.Max(), plot.Predicted.Max());
            return high > low
                ? new Scale(plot.Step.Min(), plot.Step.Max(), low, high)
                : new Scale(plot.Step.Min(), plot.Step.Max(), low - 1, high + 1);
        }
    }
}
