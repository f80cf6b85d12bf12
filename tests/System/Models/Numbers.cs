using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;
using F = Lace.Torch.torch.nn.functional;

namespace Lace.SystemTests.Models;

internal static class Numbers
{
    public static Tensor Matrix(long[][] rows) =>
        tensor<long>([.. rows.SelectMany(row => row)], [rows.Length, rows[0].Length]);

    /// <summary>The loss of model_forward.py, of each example: [B].</summary>
    public static Tensor Losses(Tensor logits, Tensor ids)
    {
        var length = ids.size(1) - 1;
        var next = F.log_softmax(logits.narrow(1, 0, length).to(ScalarType.Float32), -1);
        return next.gather(2, ids.narrow(1, 1, length).unsqueeze(2)).sum([1, 2]).neg();
    }

    /// <summary>Elements in the order of Hugging Face's files.</summary>
    public static float[] InFile(this NamedParameter parameter, Tensor values) =>
        (parameter.Transposed ? values.t() : values).contiguous().to(ScalarType.Float32).ToArray<float>();

    public static void AssertClose(
        IEnumerable<double> expected,
        IEnumerable<float> actual,
        double tolerance,
        string what
    )
    {
        var (theirs, ours) = (expected.ToArray(), actual.ToArray());
        Assert.Equal(theirs.Length, ours.Length);
        var worst = theirs.Zip(ours, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= tolerance, $"{what}: off by {worst}, of {theirs.Max(Math.Abs)} at most.");
    }
}
