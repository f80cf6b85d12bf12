using System.Buffers.Binary;
using System.Text;
using Lace.SystemTests.Platform;
using Lace.Torch;
using Lace.Worker.Models;
using static Lace.Torch.torch;

namespace Lace.SystemTests.Models;

[Collection(nameof(Torch))]
public sealed class SafeTensorsTests
{
    /// <summary>Header, bytes of data after it, and what the refusal says.</summary>
    private static readonly (string Header, int Data, string Reason)[] Hostile =
    [
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 7, "7 bytes follow"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 9, "9 bytes follow"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "gap"),
        (Two("[0,8]", "[4,12]"), 12, "overlap"),
        (Two("[0,8]", "[0,8]"), 8, "overlap"),
        (Two("[0,8]", "[12,20]"), 20, "gap"),
        (
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""",
            16,
            "uplicate"
        ),
        ("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "make 12"),
        ("""{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,8]}}""", 8, "make 4"),
        ("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", 8, "unknown dtype"),
        ("""{"a":{"dtype":"11","shape":[2],"data_offsets":[0,8]}}""", 8, "unknown dtype"),
        ("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", 8, "negative"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", 8, "cannot be"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", 8, "negative"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", 8, "cannot be"),
        ("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "too large"),
        ("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,8]}}""", 8, "too large"),
        ("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", 8, "as the format says"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", 8, "as the format says"),
        ("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", 8, "other members"),
        ("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "other members"),
        ("""{"a":[1,2,3]}""", 8, "as the format says"),
        ("""[1]""", 0, "no JSON object"),
        (""" {}""", 0, "no JSON object"),
        ("""{"a":""", 0, "as the format says"),
        ("""{"__metadata__":{"format":7}}""", 0, "as the format says"),
        ("""{}x""", 0, "as the format says"),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, Hostile.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuses_a_hostile_header(int number)
    {
        var (header, data, reason) = Hostile[number];
        var file = File(header, data);
        Assert.Contains(reason, Refusal(new MemoryStream(file)), StringComparison.Ordinal);
        Assert.NotEmpty(Refusal(new OneWay(file))); // a stream of unknown length is refused too, at the latest at its end
    }

    [Fact]
    public void Refuses_lengths_that_lie_without_taking_the_memory()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        foreach (var length in new ulong[] { 0UL, 1, SafeTensorsHeader.MaxBytes + 1, ulong.MaxValue, 1 << 26 })
        {
            var file = File("{}", 0);
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            Assert.NotEmpty(Refusal(new OneWay(file)));
        }

        Assert.NotEmpty(Refusal(new MemoryStream([])));
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 10_000_000);
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_header_is_refused_or_another_file()
    {
        using var scope = NewDisposeScope();
        var file = Written(("b", ones([2, 3])), ("a", arange(5)));
        for (var length = 0; length < file.Length; length++)
        {
            Assert.NotEmpty(Refusal(new MemoryStream(file[..length])));
            Assert.NotEmpty(Refusal(new OneWay(file[..length])));
        }

        var header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        for (var i = 0; i < header; i++)
        {
            var changed = (byte[])file.Clone();
            changed[i] ^= 1;
            try
            {
                ReadAll(new MemoryStream(changed)); // a letter of a name
            }
            catch (ModelException) { }
        }
    }

    [Fact]
    public void What_is_written_is_read_and_has_one_form()
    {
        using var scope = NewDisposeScope();
        var values = tensor<float>([1.5f, -2, float.NaN, float.PositiveInfinity, 0, 3], [3, 2]);
        (string, Tensor)[] tensors =
        [
            ("z", values),
            ("flags", values.gt(0)),
            ("half.ö", values.to(ScalarType.BFloat16)),
            ("whole", arange(-2, 3, 1)),
            ("empty", zeros([0, 4])),
            ("none", tensor(7)),
        ];
        var file = Written(tensors);
        Assert.Equal(file, Written([.. tensors.Reverse()]));
        Assert.Equal(0, (int)BinaryPrimitives.ReadUInt64LittleEndian(file) % 8);
        foreach (var stream in new Stream[] { new MemoryStream(file), new OneWay(file) })
        {
            var reader = new SafeTensorsReader(stream);
            Assert.Equal(
                ["whole", "empty", "none", "z", "half.ö", "flags"],
                reader.Header.Entries.Select(entry => entry.Name)
            );
            Assert.Equal("pt", reader.Header.Metadata["format"]);
            while (reader.Next())
            {
                var (name, expected) = Array.Find(tensors, pair => pair.Item1 == reader.Current.Name);
                var read = reader.Read();
                Assert.Equal((expected.dtype, name), (read.dtype, reader.Current.Name));
                Assert.Equal(expected.shape, read.shape);
                Assert.Equal(Bits(expected), Bits(read));
                if (expected.numel > 0)
                {
                    Assert.Throws<InvalidOperationException>(reader.Read);
                }
            }
        }
    }

    [Fact]
    public void Is_the_file_of_the_formats_own_library()
    {
        using var scope = NewDisposeScope();
        var header =
            """{"__metadata__":{"format":"pt"},"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"a":{"dtype":"F"""
            + """32","shape":[1,2],"data_offsets":[8,16]},"b":{"dtype":"F32","shape":[],"data_offsets":[16,20]}}""";
        var padded = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] expected =
        [
            .. BitConverter.GetBytes((ulong)padded.Length),
            .. Encoding.ASCII.GetBytes(padded),
            .. BitConverter.GetBytes(9L),
            .. BitConverter.GetBytes(1f),
            .. BitConverter.GetBytes(2f),
            .. BitConverter.GetBytes(3f),
        ];
        Assert.Equal(
            expected,
            Written(("b", tensor(3)), ("a", tensor<float>([1, 2], [1, 2])), ("i", tensor<long>([9])))
        );
    }

    [Fact]
    public void Float16_becomes_float32_and_bytes_stay_bytes()
    {
        using var scope = NewDisposeScope();
        Half[] halves = [(Half)1.5, Half.NegativeInfinity, Half.Epsilon, (Half)(-0.0), Half.MaxValue];
        byte[] data = [.. halves.SelectMany(BitConverter.GetBytes), 7, 8, 9];
        var header =
            """{"h":{"dtype":"F16","shape":[5],"data_offsets":[0,10]},"u":{"dtype":"U8","shape":[3],"data_offsets":[10,13]}}""";
        byte[] file = [.. BitConverter.GetBytes((ulong)header.Length), .. Encoding.ASCII.GetBytes(header), .. data];
        var reader = new SafeTensorsReader(new MemoryStream(file));
        Assert.True(reader.Next());
        Assert.Equal(halves.Select(half => (float)half), reader.Read().ToArray<float>());
        Assert.True(reader.Next());
        Assert.Contains("U8", Assert.Throws<ModelException>(reader.Read).Message, StringComparison.Ordinal);
        Assert.Equal([7, 8, 9], reader.ReadBytes());
        Assert.False(reader.Next());
    }

    [Fact]
    public void Skips_what_is_not_wanted_and_refuses_two_of_one_name()
    {
        using var scope = NewDisposeScope();
        var file = Written(("a", arange(100_000)), ("b", tensor(4)));
        var reader = new SafeTensorsReader(new OneWay(file));
        Assert.True(reader.Next() && reader.Next());
        Assert.Equal(4, reader.Read().ToSingle());
        Assert.False(reader.Next());
        Assert.Throws<ArgumentException>(() => Written(("a", tensor(1)), ("a", tensor(2))));
        Assert.Throws<ArgumentException>(() => Written(("__metadata__", tensor(1))));
    }

    [Theory]
    [InlineData("../other/model.safetensors")]
    [InlineData("/etc/passwd.safetensors")]
    [InlineData("..\\model.safetensors")]
    [InlineData(".hidden.safetensors")]
    [InlineData("a\u0000.safetensors")]
    [InlineData("config.json")]
    public void An_index_leads_out_of_its_folder_nowhere(string name)
    {
        using var folder = new TemporaryFolder();
        Save(folder.Path, shardBytes: 20_000);
        var index = folder["model.safetensors.index.json"];
        var document = System.Text.Json.Nodes.JsonNode.Parse(System.IO.File.ReadAllText(index))!;
        document["weight_map"]!["model.norm.weight"] = name;
        System.IO.File.WriteAllText(index, document.ToJsonString());
        Assert.Contains("no plain name", LoadRefusal(folder.Path), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_and_its_shards_are_of_one_mind()
    {
        using var folder = new TemporaryFolder();
        Save(folder.Path, shardBytes: 20_000);
        var index = folder["model.safetensors.index.json"];
        var text = System.IO.File.ReadAllText(index);
        var first = Path.GetFileName(Directory.GetFiles(folder.Path, "model-00001-of-*").Single());
        void Change(string from, string to, string reason)
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            System.IO.File.WriteAllText(index, text.Replace(from, to, StringComparison.Ordinal));
            Assert.Contains(reason, LoadRefusal(folder.Path), StringComparison.Ordinal);
        }

        Change("\"model.norm.weight\"", "\"model.norm.other\"", "does not have model.norm.weight");
        Change("\"weight_map\": {", $"\"weight_map\": {{ \"extra\": \"{first}\",", "lacks extra");
        Change(first, "model-00009-of-00009.safetensors", "not there");
        Change("\"weight_map\"", "\"weights\"", "no index");
        System.IO.File.Delete(index);
        Assert.Contains("neither model.safetensors nor", LoadRefusal(folder.Path), StringComparison.Ordinal);
    }

    private static string Two(string first, string second) =>
        $$$"""{"a":{"dtype":"F32","shape":[2],"data_offsets":{{{first}}}},"b":{"dtype":"F32","shape":[2],"data_offsets":{{{second}}}}}""";

    private static byte[] File(string header, int data) =>
        [
            .. BitConverter.GetBytes((ulong)Encoding.UTF8.GetByteCount(header)),
            .. Encoding.UTF8.GetBytes(header),
            .. new byte[data],
        ];

    private static byte[] Written(params (string Name, Tensor Tensor)[] tensors)
    {
        using var stream = new MemoryStream();
        var contents = tensors.Select(pair => SafeTensorsContent.Of(pair.Name, pair.Tensor));
        SafeTensors.Write(stream, contents, new Dictionary<string, string> { ["format"] = "pt" });
        return stream.ToArray();
    }

    private static string Refusal(Stream stream) => Assert.Throws<ModelException>(() => ReadAll(stream)).Message;

    private static void ReadAll(Stream stream)
    {
        using var scope = NewDisposeScope();
        var reader = new SafeTensorsReader(stream);
        while (reader.Next())
        {
            reader.Read();
        }
    }

    private static float[] Bits(Tensor values) => values.to(ScalarType.Float32).contiguous().ToArray<float>();

    private static void Save(string folder, long shardBytes)
    {
        using var model = CausalModel.Initialize(Small.Config("llama"), ScalarType.Float32, CPU, 1);
        model.SavePretrained(folder, shardBytes);
    }

    private static string LoadRefusal(string folder) =>
        Assert.Throws<ModelException>(() => CausalModel.Load(folder, ScalarType.Float32, CPU)).Message;

    /// <summary>Tells nobody its length.</summary>
    private sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();
    }
}
