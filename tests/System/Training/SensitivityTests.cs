using Lace.Torch;
using Lace.Worker.Training;

namespace Lace.SystemTests.Training;

/// <summary>Adding or removing any one record changes the sum before noise by at most C, whatever the model, and over accumulation.</summary>
[Collection(nameof(Torch))]
public sealed class SensitivityTests
{
    private const double Norm = 0.1;

    // The difference of two sums in float32, each of twelve records of norm up to C, is known to a few units of 1e-7 of them.
    private const double Rounding = 1 + 1e-4;

    public static TheoryData<string> Kinds => [.. Tiny.Kinds];

    public static TheoryData<string, ClippingKind> Cases =>
        new(from kind in Tiny.Kinds from clipping in Enum.GetValues<ClippingKind>() select (kind, clipping));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_record_changes_the_sum_by_no_more_than_the_clipping_norm(string kind, ClippingKind clipping)
    {
        using var sensitivity = new Sensitivity(kind, Tiny.Private(kind, clipping, Norm));
        var greatest = sensitivity.Greatest(Tiny.Examples());
        Assert.InRange(greatest, 0, Norm * Rounding);

        // That it comes close shows that the records were long enough to be clipped, and that the figure is no accident.
        Assert.True(
            greatest > (clipping == ClippingKind.PerLayer ? 0.5 : 0.9) * Norm,
            $"the greatest change is {greatest}"
        );
    }

    /// <summary>The whole step on a dataset: drawn by the sampler, cut into micro-batches, recorded before its noise.</summary>
    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("llama lora")]
    public void A_record_of_a_dataset_changes_the_sum_of_its_steps_alone(string kind)
    {
        var whole = Steps(kind, without: -1);
        var plan = Tiny.Private(kind, ClippingKind.Flat, Norm);
        using var key = Tiny.Key();
        using var sampler = plan.CreateSampler(key)!;
        for (var left = 0; left < Tiny.Records; left++)
        {
            var others = Steps(kind, without: left);
            for (var step = 0; step < whole.Length; step++)
            {
                var isIn = sampler.Batch(step).Contains(left);
                Assert.InRange(Tiny.Distance(whole[step], others[step]), 0, isIn ? Norm * Rounding : Norm * 1e-4);
            }
        }
    }

    /// <summary>In bfloat16 products are rounded by their shape: a record more must not be seen in what the others add.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public void Rounding_does_not_couple_records_in_bfloat16(string kind)
    {
        var plan = Tiny.Private(kind, ClippingKind.Flat, Norm);
        using var sensitivity = new Sensitivity(kind, plan, type: ScalarType.BFloat16);
        var records = Tiny.Examples();
        Assert.InRange(sensitivity.Greatest(records), 0.9 * Norm, Norm * Rounding);
        var whole = sensitivity.SumOf(records);
        var apart = new float[whole.Length];
        foreach (var own in records.Select(record => sensitivity.SumOf([record])))
        {
            for (var i = 0; i < own.Length; i++)
            {
                apart[i] += own[i];
            }
        }

        Assert.InRange(Tiny.Distance(whole, apart), 0, 1e-4 * Norm);
    }

    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("gpt2 lora")]
    [InlineData("llama tied full")]
    [InlineData("llama lora")]
    public void A_record_that_is_not_finite_changes_nothing(string kind)
    {
        using var sensitivity = new Sensitivity(kind, Tiny.Private(kind, ClippingKind.Flat, Norm));
        var records = Tiny.Examples();
        var clean = sensitivity.SumOf(records, without: 4);
        foreach (var weight in new[] { float.NaN, float.PositiveInfinity, 1e38f })
        {
            var poisoned = records.ToArray();
            poisoned[4] = records[4] with
            {
                Weights = [.. records[4].Tokens.Select((_, at) => at == 0 ? weight : 1e38f)],
            };
            var sum = sensitivity.SumOf(poisoned);
            Assert.All(sum, value => Assert.True(float.IsFinite(value)));
            Assert.InRange(Tiny.Distance(sum, clean), 0, Norm * Rounding);
        }
    }

    /// <summary>What one record adds does not depend on what comes with it: no mean over the batch, no layer that couples records.</summary>
    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("llama tied full")]
    [InlineData("llama lora")]
    public void A_record_adds_the_same_whatever_comes_with_it(string kind)
    {
        using var sensitivity = new Sensitivity(kind, Tiny.Private(kind, ClippingKind.Flat, Norm));
        var records = Tiny.Examples();
        var whole = sensitivity.SumOf(records);
        var apart = new float[whole.Length];
        foreach (var record in records)
        {
            var own = sensitivity.SumOf([record]);
            Assert.InRange(Tiny.Norm(own), 0, Norm * Rounding);
            for (var i = 0; i < own.Length; i++)
            {
                apart[i] += own[i];
            }
        }

        Assert.InRange(Tiny.Distance(whole, apart), 0, 1e-4 * Tiny.Norm(whole));
    }

    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("llama lora")]
    public void The_check_fails_where_a_batch_is_clipped_in_place_of_its_records(string kind)
    {
        var plan = Tiny.Private(kind, ClippingKind.Flat, Norm);
        using var broken = new Sensitivity(
            kind,
            plan,
            parameters => new ClipsTheBatchAndNotTheRecord(parameters, Norm)
        );
        Assert.True(broken.Greatest(Tiny.Examples()) > 1.05 * Norm);
    }

    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("llama lora")]
    public void The_check_fails_where_nothing_is_clipped(string kind)
    {
        using var broken = new Sensitivity(kind, Tiny.Private(kind), parameters => new PlainSum(parameters));
        Assert.True(broken.Greatest(Tiny.Examples()) > 1.05 * Norm);
    }

    [Theory]
    [InlineData("gpt2 full")]
    [InlineData("llama lora")]
    public void The_check_fails_where_each_layer_is_clipped_to_the_norm_of_all(string kind)
    {
        var plan = Tiny.Private(kind, ClippingKind.Flat, Norm);
        using var broken = new Sensitivity(
            kind,
            plan,
            parameters => new ClippedSum(parameters, new Clipping.PerLayer(2 * Norm))
        );
        Assert.True(broken.Greatest(Tiny.Examples()) > 1.05 * Norm);
    }

    [Fact]
    public void The_check_fails_where_what_is_not_finite_is_not_left_out()
    {
        const string kind = "gpt2 full";
        using var broken = new Sensitivity(kind, Tiny.Private(kind), parameters => new PlainSum(parameters));
        var records = Tiny.Examples();
        records[4] = records[4] with { Weights = [.. records[4].Tokens.Select(_ => float.PositiveInfinity)] };
        Assert.Contains(broken.SumOf(records), value => !float.IsFinite(value));
    }

    /// <summary>The sums of three steps before their noise. A record that is left out is there without tokens, so that the others stay where they are.</summary>
    private static float[][] Steps(string kind, int without)
    {
        var plan = Tiny.Private(kind, ClippingKind.Flat, Norm) with { Parameters = new() { LearningRate = 0 } };
        var records = Tiny.Tokens();
        if (without >= 0)
        {
            records[without] = [];
        }

        RecordedSum? recorded = null;
        using var model = Tiny.Model(kind);
        using var key = Tiny.Key();
        using var session = TrainingSession.Open(
            plan,
            model,
            key,
            parameters => recorded = new RecordedSum(new ClippedSum(parameters, plan.CreateClipping()))
        );
        var data = TokenizedDataset.Of(records, 16);
        return
        [
            .. Enumerable
                .Range(0, 3)
                .Select(_ =>
                {
                    session.TrainStep(data);
                    return recorded!.Recorded;
                }),
        ];
    }
}
