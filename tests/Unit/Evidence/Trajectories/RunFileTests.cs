using System.Text;
using Lace.Evidence.Trajectories;

namespace Lace.Tests.Evidence.Trajectories;

public sealed class RunFileTests
{
    private const string Record = "[9,1,2,3,0,9,0,0,0,0,0,0,1]";

    private const string Valid =
        """{"id":"x","label":"true","step":[0,1,2],"loss":[1.5,null,2],"loss_nonfinite":[[1,"inf"]],"tokens":[5,6,7],"segment":[0,0,1],"batches":[[0],[1],[0,1]],"records":["""
        + Record
        + ","
        + Record
        + "]}";

    [Fact]
    public void Reads_points_batches_epochs_tokens_and_records()
    {
        var run = Parse(Valid);
        Assert.Equal(("x", "true", "", 3, 2), (run.Id, run.Label, run.Kind, run.Points.Count, run.Records.Count));
        Assert.Equal(double.PositiveInfinity, run.Points[1].Loss);
        Assert.Equal([0, 1], run.Points[2].Batch![0].Records);
        Assert.Equal(1, run.Points[2].Batch![0].Epoch);
        Assert.Equal(7, run.Points[2].Tokens);
        Assert.Equal(9, run.Records[1][5]);
        Assert.Null(run.FeaturesOf(2));
        Assert.Null(run.FeaturesOf(-1));
    }

    [Theory]
    [InlineData("\"id\":\"x\",", "", "id is missing")]
    [InlineData("\"id\":\"x\"", "\"id\":7", "id is not a string")]
    [InlineData("\"id\":\"x\",", "\"id\":\"x\",\"id\":\"y\",", "not valid JSON")]
    [InlineData("\"step\":[0,1,2]", "\"step\":[0,1]", "loss has 3 entries, but step has 2")]
    [InlineData("\"step\":[0,1,2]", "\"step\":[0,1,2.5]", "step[2] is not an integer")]
    [InlineData("\"step\":[0,1,2]", "\"step\":[0,1,-1]", "step[2] is not an integer")]
    [InlineData("\"step\":[0,1,2]", "\"step\":{}", "step is not an array")]
    [InlineData("\"step\":[0,1,2],", "", "step is missing")]
    [InlineData("1.5,null", "1e999,null", "loss[0] is not a finite number")]
    [InlineData("1.5,null", "\"1.5\",null", "loss[0] is not a finite number")]
    [InlineData("1.5,null", "null,null", "loss[0] is null but loss_nonfinite does not name it")]
    [InlineData("[[1,\"inf\"]]", "[]", "loss[1] is null but")]
    [InlineData("[[1,\"inf\"]]", "[[0,\"inf\"],[1,\"inf\"]]", "loss[0] is not null")]
    [InlineData("[[1,\"inf\"]]", "[[1,\"inf\"],[1,\"nan\"]]", "names index 1 twice")]
    [InlineData("[[1,\"inf\"]]", "[[1,\"big\"]]", "a word other than")]
    [InlineData("[[1,\"inf\"]]", "[[3,\"inf\"]]", "loss_nonfinite holds an entry")]
    [InlineData("[[1,\"inf\"]]", "[1]", "loss_nonfinite holds an entry")]
    [InlineData("[5,6,7]", "[5,6]", "tokens has 2 entries")]
    [InlineData("[0,0,1]", "[0,0,9999999999]", "segment[2] is too large")]
    [InlineData("[[0],[1],[0,1]]", "[[0],[1]]", "batches has 2 entries")]
    [InlineData("[[0],[1],[0,1]]", "[[0],[],[0,1]]", "batches[1] is empty")]
    [InlineData("[[0],[1],[0,1]]", "[[0],1,[0,1]]", "batches[1] is not an array")]
    [InlineData("[[0],[1],[0,1]]", "[[0],[2],[0,1]]", "batches[1] names record 2 of 2")]
    [InlineData("[[0],[1],[0,1]]", "[[0],[4294967296],[0,1]]", "batches[1] names record 4294967296 of 2")]
    [InlineData("[9,1,2,3,", "[-9,1,2,3,", "records[0][0] is not an integer")]
    [InlineData("[9,1,2,3,", "[9,2,3,", "records[0] has 12 numbers")]
    [InlineData("[9,1,2,3,", "[9007199254740992,1,2,3,", "records[0][0] is not an integer")]
    [InlineData("]}", "]", "not valid JSON")]
    [InlineData("]}", "]} ]", "not valid JSON")]
    public void Refuses_what_does_not_fit_and_says_where(string part, string replacement, string message)
    {
        var at = Valid.IndexOf(part, StringComparison.Ordinal);
        Assert.True(at >= 0);
        var broken = string.Concat(Valid.AsSpan(0, at), replacement, Valid.AsSpan(at + part.Length));
        var exception = Assert.Throws<RunFileException>(() => Parse(broken));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\0\0\0\0")]
    [InlineData("{\"id\":\"\\ud800\",\"step\":[],\"loss\":[],\"batches\":[],\"records\":[]}")]
    public void Refuses_what_is_no_run_file(string text) => Assert.Throws<RunFileException>(() => Parse(text));

    [Fact]
    public void Refuses_nesting_without_end() =>
        Assert.Throws<RunFileException>(() => Parse(new string('[', 1_000_000)));

    [Fact]
    public void Refuses_a_file_over_the_limit() =>
        Assert.Throws<RunFileException>(() => RunFile.Parse(new byte[RunFile.MaxBytes + 1]));

    [Fact]
    public void A_changed_byte_gives_another_run_or_a_clear_error_and_never_a_crash()
    {
        var random = new Random(11);
        var bytes = Encoding.UTF8.GetBytes(Valid);
        var refused = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var changed = bytes.AsSpan(0, random.Next(10) == 0 ? random.Next(bytes.Length) : bytes.Length).ToArray();
            for (var n = random.Next(1, 4); n > 0 && changed.Length > 0; n--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            try
            {
                var run = RunFile.Parse(changed);
                _ = TrajectoryTest.Run(run.Points, run.FeaturesOf);
            }
            catch (RunFileException exception)
            {
                Assert.NotEmpty(exception.Message);
                refused++;
            }
        }

        Assert.InRange(refused, 1, 19_999);
    }

    private static RunFile Parse(string text) => RunFile.Parse(Encoding.UTF8.GetBytes(text));
}
