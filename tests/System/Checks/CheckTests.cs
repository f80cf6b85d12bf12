using System.Text.Json;
using Lace.Torch;
using Lace.Worker.Checks;

namespace Lace.SystemTests.Checks;

public sealed class CheckTests
{
    [Fact]
    public void The_cpu_agrees_with_itself_and_is_measured()
    {
        var (code, output, error) = Run("--device", "cpu", "--quick", "--rounds", "5", "--json");
        Assert.True(code == 0, error);
        var report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(24, report.GetProperty("agreements").GetArrayLength());
        Assert.All(
            report.GetProperty("agreements").EnumerateArray(),
            row => Assert.Equal(0, row.GetProperty("difference").GetDouble())
        );
        Assert.Equal(2, report.GetProperty("times").GetArrayLength());
        Assert.All(
            report.GetProperty("times").EnumerateArray(),
            row => Assert.True(row.GetProperty("ratio").GetDouble() > 0)
        );
        // No card: its memory is not measured, and no number says otherwise.
        Assert.All(
            report.GetProperty("times").EnumerateArray(),
            row => Assert.Equal(JsonValueKind.Null, row.GetProperty("plain_bytes").ValueKind)
        );
    }

    [Fact]
    public void A_device_that_computes_something_else_does_not_agree()
    {
        float[] values = [1, 2, 3];
        Assert.True(DeviceAgreement.Of("", values, [1, 2, 3.00001f]).Holds);
        Assert.False(DeviceAgreement.Of("", values, [1, 2, 3.01f]).Holds);
        Assert.False(DeviceAgreement.Of("", values, [1, 2, float.NaN]).Holds);
        Assert.False(DeviceAgreement.Of("", values, [1, 2]).Holds);
        Assert.False(DeviceAgreement.Of("", [0, 0], [0, 0]).Holds);
    }

    [Fact]
    public void One_part_is_done_alone()
    {
        var (code, output, _) = Run("--device", "cpu", "--quick", "--rounds", "5", "--part", "1");
        Assert.Equal(0, code);
        Assert.Contains("tiny GPT-2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("against the CPU", output, StringComparison.Ordinal);
        Assert.DoesNotContain("tiny Llama", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--part", "3")]
    [InlineData("--part", "0")]
    [InlineData("--rounds", "4")]
    [InlineData("--device", "tpu")]
    [InlineData("--device")]
    [InlineData("--fast")]
    public void What_is_not_understood_is_refused(params string[] arguments)
    {
        var (code, output, error) = Run(["--quick", .. arguments]);
        Assert.Equal(64, code);
        Assert.Empty(output);
        Assert.StartsWith("check: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_that_is_not_there_is_no_success()
    {
        if (torch.cuda.is_available())
        {
            Assert.Skip("This machine has a CUDA device.");
        }

        Assert.Equal(78, Run("--device", "cuda").Code);
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CheckCommand.Run(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
