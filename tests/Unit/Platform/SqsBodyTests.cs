using System.Text;
using Amazon.SQS.Model;
using Lace.Platform.Aws;

namespace Lace.Tests.Platform;

public sealed class SqsBodyTests
{
    [Theory]
    [InlineData("")]
    [InlineData("=")]
    [InlineData("text\r\n\t")]
    [InlineData("語 😀 \U0010FFFF")]
    [InlineData("\0")]
    [InlineData("\u000b")]
    [InlineData("\uffff")]
    [InlineData("\ufffe")]
    public void Texts_come_out_as_they_went_in(string text) => AssertKept(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Any_bytes_come_out_as_they_went_in()
    {
        var random = new Random(1);
        for (var length = 0; length < 300; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            AssertKept(bytes);
        }
    }

    [Fact]
    public void A_message_of_somebody_else_that_lies_about_its_encoding_is_its_text()
    {
        var forged = SqsBody.Write([0xff]);
        var message = new Message { Body = "no base64!", MessageAttributes = forged.MessageAttributes };
        Assert.Equal("no base64!"u8.ToArray(), SqsBody.Read(message));
    }

    private static void AssertKept(byte[] bytes)
    {
        var sent = SqsBody.Write(bytes);
        Assert.NotEmpty(sent.MessageBody);
        Assert.All(
            sent.MessageBody,
            c => Assert.True(c >= ' ' ? c is not ('\ufffe' or '\uffff') : c is '\t' or '\n' or '\r')
        );
        var received = new Message { Body = sent.MessageBody, MessageAttributes = sent.MessageAttributes };
        Assert.Equal(bytes, SqsBody.Read(received));
    }
}
