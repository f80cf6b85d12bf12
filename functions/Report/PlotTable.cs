using Lace.Evidence.Verification;

namespace Lace.Functions.Report;

/// <summary>The points of a plot as a table.</summary>
internal static class PlotTable
{
    public static Table Of(PlotResult plot) =>
        new(
            ["step", "observed less trend", "predicted less trend", "flagged"],
            [
                .. Enumerable
                    .Range(0, plot.Step.Count)
                    .Select(i =>
                        (IReadOnlyList<string>)
                            [
                                $"{plot.Step[i]}",
                                $"{plot.Observed[i]:0.0000}",
                                $"{plot.Predicted[i]:0.0000}",
                                plot.Flagged[i] ? "yes" : "",
                            ]
                    ),
            ]
        );
}
