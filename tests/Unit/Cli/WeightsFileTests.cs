using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Cli.Train;

namespace Lace.Tests.Cli;

public sealed class WeightsFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lace-weights-").FullName;

    private string Artifact => Path.Combine(folder, "artifact");

    private string Weights => Path.Combine(folder, "weights");

    [Fact]
    public void Takes_the_weights_under_their_own_names()
    {
        Write(
            """
            {"model.b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"optimizer.b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]},
             "model.a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"__metadata__":{"v":"1"}}
            """,
            [1, 2, 3, 4, 5, 6, 7, 8]
        );
        WeightsFile.Extract(Artifact, Weights);
        var bytes = File.ReadAllBytes(Weights);
        var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        var header = JsonNode.Parse(bytes.AsSpan(8, length))!;
        Assert.Equal(0, length % 8);
        Assert.Equal("""{"dtype":"U8","shape":[2],"data_offsets":[0,2]}""", header["a"]!.ToJsonString());
        Assert.Equal("""{"dtype":"F32","shape":[1],"data_offsets":[2,6]}""", header["b"]!.ToJsonString());
        Assert.Equal([1, 2, 5, 6, 7, 8], bytes[(8 + length)..]);
    }

    [Theory]
    [InlineData("""{"optimizer.b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"model.b":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""")]
    [InlineData("""{"model.b":{"dtype":"U8","shape":[2],"data_offsets":[2,0]}}""")]
    [InlineData("""{"model.b":{"dtype":"U8","shape":[2],"data_offsets":[-1,2]}}""")]
    [InlineData("""{"model.b":{"shape":[2],"data_offsets":[0,2]}}""")]
    [InlineData("""{"model.b":7}""")]
    [InlineData("[]")]
    [InlineData("{")]
    public void Refuses_what_is_no_artifact(string header)
    {
        Write(header, new byte[8]);
        Assert.Throws<InvalidDataException>(() => WeightsFile.Extract(Artifact, Weights));
        Assert.False(File.Exists(Weights));
    }

    [Fact]
    public void Refuses_a_header_that_is_longer_than_the_file()
    {
        File.WriteAllBytes(Artifact, [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1]);
        Assert.Throws<InvalidDataException>(() => WeightsFile.Extract(Artifact, Weights));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string header, byte[] tensors)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        File.WriteAllBytes(Artifact, [.. length, .. text, .. tensors]);
    }
}
