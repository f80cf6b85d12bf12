namespace Lace.Worker.Models;

/// <summary>Which layers get a low-rank adapter, and how large its part is.</summary>
/// <param name="TargetModules">The last part of the layers' names, as <c>q_proj</c> or <c>c_attn</c>.</param>
/// <param name="UseRsLora">Scale by α/√r instead of α/r.</param>
public sealed record LoraSettings(
    int Rank,
    double Alpha,
    IReadOnlyList<string> TargetModules,
    double Dropout = 0,
    bool UseRsLora = false
)
{
    internal double Scaling => Alpha / (UseRsLora ? Math.Sqrt(Rank) : Rank);

    internal bool Covers(string layer) => TargetModules.Contains(layer[(layer.LastIndexOf('.') + 1)..]);

    /// <exception cref="ArgumentException">Numbers that cannot be, or modules that this family does not have.</exception>
    internal void Check(ModelFamily family)
    {
        if (Rank is < 1 or > 65_536 || !double.IsFinite(Alpha) || Alpha <= 0 || Dropout is not (>= 0 and < 1))
        {
            throw new ArgumentException($"LoRA of rank {Rank}, alpha {Alpha} and dropout {Dropout} cannot be.");
        }

        string[] known =
            family == ModelFamily.Gpt2
                ? ["c_attn", "c_proj", "c_fc"]
                : ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];
        if (TargetModules.Count == 0 || TargetModules.Except(known).Any())
        {
            throw new ArgumentException(
                $"LoRA on [{string.Join(", ", TargetModules)}]: a {family} model has {string.Join(", ", known)}."
            );
        }
    }
}
