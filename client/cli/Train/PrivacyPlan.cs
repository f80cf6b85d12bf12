using System.Text.Json.Nodes;
using Lace.Privacy;

namespace Lace.Cli.Train;

/// <summary>Finds the noise with which the planned steps keep to the target ε, where the file leaves it open.</summary>
internal static class PrivacyPlan
{
    /// <summary>Puts the noise into the request.</summary>
    /// <param name="datasetSize">Records, where an attestation says it.</param>
    /// <returns>A line for the reader; null where nothing was to be found.</returns>
    /// <exception cref="CliException">The number of records is not known, or no noise is enough.</exception>
    public static string? Complete(TrainFile file, long? datasetSize)
    {
        if (file.Privacy is not { } dp)
        {
            return null;
        }

        var records = dp["dataset_size"]?.GetValue<long>() ?? datasetSize;
        if (records is { } size && dp["dataset_size"] is null)
        {
            dp["dataset_size"] = size;
        }

        if (dp["noise_multiplier"] is not null)
        {
            return null;
        }

        var rate = Rate(file.Request, dp, records);
        var (epsilon, delta) = (dp["target_epsilon"]!.GetValue<double>(), dp["target_delta"]!.GetValue<double>());
        var accountant = AccountantExtensions.TryParse(dp["accountant_type"]!.GetValue<string>(), out var named)
            ? named
            : Accountant.Rdp;
        var noise =
            Calibration.NoiseFor(accountant, epsilon, delta, rate, file.Steps)
            ?? throw new CliException(
                $"No noise multiplier up to {SampledGaussian.MostNoise} keeps {file.Steps} steps within ε = {epsilon}.",
                ExitCode.Usage
            );
        dp["noise_multiplier"] = noise;
        return $"noise multiplier {noise:0.0000}: with it {file.Steps} steps at sampling rate {rate:0.######} stay within ε = {epsilon} at δ = {delta}";
    }

    private static double Rate(JsonObject request, JsonObject dp, long? records)
    {
        if (dp["sample_rate"] is { } given)
        {
            return given.GetValue<double>();
        }

        var batch = Number(request, "batch_size", 8) * Number(request, "gradient_accumulation_steps", 1);
        var rate =
            batch
            / (double)(
                records
                ?? throw new CliException(
                    "The noise depends on the number of records: give dp.dataset_size, or an attestation, or dp.noise_multiplier itself.",
                    ExitCode.Usage
                )
            );
        return SampledGaussian.Refusal(rate, 1) is { } refusal ? throw new CliException(refusal, ExitCode.Usage) : rate;
    }

    private static long Number(JsonObject request, string member, long fallback) =>
        request[member]?.GetValue<long>() ?? fallback;
}
