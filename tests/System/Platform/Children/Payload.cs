namespace Lace.SystemTests.Platform.Children;

/// <summary>Bytes that tell from their number alone whether they are whole.</summary>
internal static class Payload
{
    public static byte[] Of(int number)
    {
        var random = new Random(number);
        var bytes = new byte[4 + random.Next(number % 5 == 0 ? 150_000 : 2_000)];
        random.NextBytes(bytes);
        BitConverter.TryWriteBytes(bytes, number);
        return bytes;
    }

    /// <summary>The number, after the bytes were found to be those of it.</summary>
    public static int Check(ReadOnlySpan<byte> bytes)
    {
        var number = BitConverter.ToInt32(bytes);
        Assert.True(bytes.SequenceEqual(Of(number)), $"Payload {number} is not whole.");
        return number;
    }

    public static string Document(int number) => Convert.ToBase64String(Of(number));
}
