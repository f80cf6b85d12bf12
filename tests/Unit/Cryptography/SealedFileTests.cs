using System.Security.Cryptography;
using Lace.Cryptography.Sealing;

namespace Lace.Tests.Cryptography;

public sealed class SealedFileTests
{
    private const int Chunk = SealedFile.ChunkSize;
    private const int SealedChunk = Chunk + 16;
    private static readonly SealContext Context = new("tenant", "artifact", "object-1");
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    public static TheoryData<int> Lengths => [0, 1, 1000, Chunk - 1, Chunk, Chunk + 1, 2 * Chunk, (20 * Chunk) + 77];

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Opens_what_it_sealed_in_memory_and_as_a_stream(int length)
    {
        var plaintext = RandomBytes(length);
        var inMemory = SealedFile.Seal(plaintext, Key, Context);
        var stream = new MemoryStream();
        await SealedFile.SealAsync(new Trickle(plaintext), stream, Key, Context);

        Assert.Equal(SealedFile.SealedLength(length), inMemory.Length);
        Assert.Equal(SealedFile.SealedLength(length), stream.Length);
        foreach (var bytes in new[] { inMemory, stream.ToArray() })
        {
            Assert.Equal(OpenResult.Opened, SealedFile.TryOpen(bytes, Key, Context, out var opened));
            Assert.True(plaintext.AsSpan().SequenceEqual(opened));
            var output = new MemoryStream();
            Assert.Equal(OpenResult.Opened, await SealedFile.OpenAsync(new Trickle(bytes), output, Key, Context));
            Assert.True(plaintext.AsSpan().SequenceEqual(output.ToArray()));
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Opens_into_a_buffer_of_the_caller_and_leaves_nothing_of_what_was_altered(int length)
    {
        var plaintext = RandomBytes(length);
        var bytes = SealedFile.Seal(plaintext, Key, Context);
        var buffer = new byte[bytes.Length];

        Assert.Equal(OpenResult.Opened, SealedFile.TryOpen(bytes, Key, Context, buffer, out var opened));
        Assert.True(plaintext.AsSpan().SequenceEqual(buffer.AsSpan(0, opened)));
        Assert.Equal(OpenResult.Opened, SealedFile.TryOpen(bytes, Key, Context, new byte[length], out _));
        if (length > 0)
        {
            Assert.Throws<ArgumentException>(() =>
                SealedFile.TryOpen(bytes, Key, Context, new byte[length - 1], out _)
            );
        }

        bytes[^1] ^= 1;
        Assert.Equal(OpenResult.Altered, SealedFile.TryOpen(bytes, Key, Context, buffer, out opened));
        Assert.Equal(0, opened);
        Assert.Equal(-1, buffer.AsSpan(0, length).IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task Reads_ranges()
    {
        var plaintext = RandomBytes((5 * Chunk) + 1234);
        var bytes = SealedFile.Seal(plaintext, Key, Context);
        var (result, opened) = await SealedReader.OpenAsync(new MemoryStream(bytes), Key, Context);
        Assert.Equal(OpenResult.Opened, result);
        using var reader = opened!;
        Assert.Equal(plaintext.Length, reader.Length);
        var random = new Random(8);
        for (var i = 0; i < 100; i++)
        {
            var offset = random.Next(plaintext.Length + 10);
            var buffer = new byte[random.Next(3 * Chunk)];
            var read = await reader.ReadAsync(offset, buffer);
            Assert.Equal(Math.Clamp(plaintext.Length - offset, 0, buffer.Length), read);
            Assert.True(
                buffer
                    .AsSpan(0, read!.Value)
                    .SequenceEqual(plaintext.AsSpan(Math.Min(offset, plaintext.Length), read.Value))
            );
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Any_cut_or_lengthened_file_does_not_open(int length)
    {
        var bytes = SealedFile.Seal(RandomBytes(length), Key, Context);
        int[] cuts = [1, 15, 16, 17, 100, SealedChunk - 1, SealedChunk, SealedChunk + 1, 2 * SealedChunk];
        foreach (var cut in cuts.Where(c => c <= bytes.Length))
        {
            await AssertRefused(bytes[..^cut]);
        }

        // The last chunk cut exactly: what remains ends on a chunk that is not marked as the last.
        var lastChunk = (bytes.Length - 76) % SealedChunk;
        await AssertRefused(bytes[..^(lastChunk == 0 ? SealedChunk : lastChunk)]);
        await AssertRefused([.. bytes, 0]);
        await AssertRefused([.. bytes, .. new byte[16]]);
        await AssertRefused([.. bytes, .. bytes[76..]]);
    }

    [Fact]
    public async Task Any_changed_part_does_not_open()
    {
        var bytes = SealedFile.Seal(RandomBytes((3 * Chunk) + 5), Key, Context);
        var places = Enumerable
            .Range(0, 76 + 20)
            .Concat([76 + Chunk, 76 + Chunk + 15, bytes.Length - 1, bytes.Length - 17]);
        foreach (var place in places)
        {
            bytes[place] ^= 1;
            await AssertRefused(bytes);
            bytes[place] ^= 1;
        }
    }

    [Fact]
    public async Task Chunks_repeated_dropped_swapped_or_from_another_file_do_not_open()
    {
        var plaintext = RandomBytes(4 * Chunk);
        var bytes = SealedFile.Seal(plaintext, Key, Context);
        var other = SealedFile.Seal(plaintext, Key, Context);
        byte[] Part(byte[] file, int i) => file[(76 + (i * SealedChunk))..(76 + ((i + 1) * SealedChunk))];
        var header = bytes[..76];

        await AssertRefused([.. header, .. Part(bytes, 1), .. Part(bytes, 0), .. Part(bytes, 2), .. Part(bytes, 3)]);
        await AssertRefused([.. header, .. Part(bytes, 0), .. Part(bytes, 1), .. Part(bytes, 3)]);
        await AssertRefused([.. header, .. Part(bytes, 0), .. Part(bytes, 0), .. Part(bytes, 2), .. Part(bytes, 3)]);
        await AssertRefused([.. header, .. Part(other, 0), .. Part(bytes, 1), .. Part(bytes, 2), .. Part(bytes, 3)]);
        await AssertRefused([.. other[..76], .. bytes[76..]]);
        await AssertRefused([.. bytes[..12], .. other[12..44], .. bytes[44..]]);
    }

    [Fact]
    public async Task Key_tenant_purpose_and_object_are_bound()
    {
        var bytes = SealedFile.Seal(RandomBytes(100), Key, Context);
        SealContext[] foreign =
        [
            Context with
            {
                Tenant = "tenant2",
            },
            Context with
            {
                Purpose = "dataset",
            },
            Context with
            {
                ObjectId = "object-2",
            },
            new("tenanta", "rtifact", "object-1"),
        ];
        foreach (var context in foreign)
        {
            Assert.Equal(OpenResult.WrongKeyOrContext, SealedFile.TryOpen(bytes, Key, context, out _));
            Assert.Equal(
                OpenResult.WrongKeyOrContext,
                await SealedFile.OpenAsync(new MemoryStream(bytes), new MemoryStream(), Key, context)
            );
        }

        Assert.Equal(OpenResult.WrongKeyOrContext, SealedFile.TryOpen(bytes, new byte[32], Context, out _));
        bytes[8] = 2;
        Assert.Equal(OpenResult.NotSealed, SealedFile.TryOpen(bytes, Key, Context, out _));
    }

    [Fact]
    public async Task Names_the_reason()
    {
        var bytes = SealedFile.Seal(RandomBytes(100), Key, Context);

        Assert.Equal(OpenResult.NotSealed, SealedFile.TryOpen(bytes.AsMemory(0, 75), Key, Context, out _));
        Assert.Equal(OpenResult.NotSealed, SealedFile.TryOpen(new byte[200], Key, Context, out _));
        Assert.Equal(OpenResult.Altered, SealedFile.TryOpen(bytes.AsMemory(0, 76), Key, Context, out _));
        bytes[^1] ^= 1;
        Assert.Equal(OpenResult.Altered, SealedFile.TryOpen(bytes, Key, Context, out var nothing));
        Assert.Empty(nothing);
        var (result, reader) = await SealedReader.OpenAsync(new MemoryStream(bytes), Key, Context);
        Assert.Equal((OpenResult.Altered, null), (result, reader));
    }

    [Fact]
    public async Task A_chunk_altered_after_opening_is_not_read()
    {
        var bytes = SealedFile.Seal(RandomBytes(3 * Chunk), Key, Context);
        var (_, opened) = await SealedReader.OpenAsync(new MemoryStream(bytes), Key, Context);
        using var reader = opened!;
        bytes[76 + SealedChunk + 5] ^= 1;

        Assert.Equal(10, await reader.ReadAsync(0, new byte[10]));
        Assert.Null(await reader.ReadAsync(Chunk - 5, new byte[10]));
        Assert.Null(await reader.ReadAsync(Chunk, new byte[10]));
        Assert.Equal(10, await reader.ReadAsync(2 * Chunk, new byte[10]));
    }

    [Fact]
    public void Equal_files_do_not_look_alike()
    {
        var plaintext = new byte[1000];
        var first = SealedFile.Seal(plaintext, Key, Context);
        var second = SealedFile.Seal(plaintext, Key, Context);

        Assert.Equal(first[..12], second[..12]);
        Assert.NotEqual(first[12..44], second[12..44]);
        Assert.NotEqual(first[76..], second[76..]);
    }

    [Fact]
    public async Task A_failing_source_fails_the_sealing()
    {
        var failing = new Trickle(RandomBytes(Chunk), failAtEnd: true);
        await Assert.ThrowsAsync<IOException>(() => SealedFile.SealAsync(failing, new MemoryStream(), Key, Context));
    }

    [Fact]
    public void Misuse_by_the_programmer_throws()
    {
        Assert.Throws<ArgumentException>(() => SealedFile.Seal(new byte[1], new byte[16], Context));
        Assert.Throws<ArgumentException>(() => SealedFile.Seal(new byte[1], Key, Context with { Tenant = "" }));
        Assert.Throws<ArgumentException>(() =>
            SealedFile.Seal(new byte[1], Key, Context with { ObjectId = new string('x', 1025) })
        );
    }

    // Neither the whole-memory form, nor the stream form, nor the reader takes it.
    private static async Task AssertRefused(byte[] bytes)
    {
        Assert.NotEqual(OpenResult.Opened, SealedFile.TryOpen(bytes, Key, Context, out var opened));
        Assert.Empty(opened);
        Assert.NotEqual(
            OpenResult.Opened,
            await SealedFile.OpenAsync(new MemoryStream(bytes), new MemoryStream(), Key, Context)
        );
        var (result, reader) = await SealedReader.OpenAsync(new MemoryStream(bytes), Key, Context);
        if (reader is not null)
        {
            using (reader)
            {
                Assert.Equal(OpenResult.Opened, result);
                Assert.Null(await reader.ReadAsync(0, new byte[reader.Length]));
            }
        }
    }

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A stream that gives a few bytes at a time, as a network does.</summary>
    private sealed class Trickle(byte[] bytes, bool failAtEnd = false) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (failAtEnd && Position == Length)
            {
                throw new IOException("The other side went away.");
            }

            return base.ReadAsync(buffer[..Math.Min(buffer.Length, 10_007)], cancellationToken);
        }
    }
}
