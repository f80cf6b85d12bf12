using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Lace.Tests.Functions;

/// <summary>Bodies and headers that no client of ours would send, most of them by hand on a socket.</summary>
public sealed class HostileRequestTests(LaceAppFixture fixture) : IClassFixture<LaceAppFixture>
{
    private const string Route = "/v1/attestations";

    private readonly LaceApp app = fixture.App;

    [Theory]
    [InlineData("", "malformed_request")]
    [InlineData("null", "malformed_request")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("42")]
    [InlineData("{}")]
    [InlineData("{\"dataset\":null}")]
    [InlineData("{\"name\":\"a\",\"name\":\"b\"}")]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("\uFEFFx")]
    public async Task Refuses_json_that_is_not_the_request(string body, string code = "malformed_json")
    {
        using var client = await app.NewTenantAsync();
        await client.PostJsonAsync(Route, body).ProblemAsync(400, code);
    }

    [Fact]
    public async Task Refuses_invalid_utf8_in_json()
    {
        using var client = await app.NewTenantAsync();
        var body = Encoding.ASCII.GetBytes(TestDataset.Create);
        body[Array.IndexOf(body, (byte)'m', 8)] = 0xFF;
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        await client.PostAsync(Route, content).ProblemAsync(400, "malformed_json");
    }

    [Fact]
    public async Task Refuses_a_megabyte_of_nesting_without_falling_into_it()
    {
        using var client = await app.NewTenantAsync();
        await client.PostJsonAsync(Route, new string('[', 1_000_000)).ProblemAsync(400, "malformed_json");
        var nested = "{\"metadata\":" + string.Concat(Enumerable.Repeat("{\"a\":", 150_000));
        await client.PostJsonAsync(Route, nested).ProblemAsync(400, "malformed_json");
        await client.GetAsync(Route).JsonAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Goes_on_with_the_connection_after_a_refused_body()
    {
        using var connection = new RawConnection(app.Address);
        var (key, _) = await app.NewKeyAsync();
        for (var i = 0; i < 3; i++)
        {
            await connection.SendAsync(Post(key.Reveal(), "{\"surprise\":1}"));
            Assert.StartsWith("HTTP/1.1 400", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("multipart/form-data")]
    [InlineData(null)]
    public async Task Refuses_another_content_type(string? type)
    {
        using var client = await app.NewTenantAsync();
        var content = new ByteArrayContent(Encoding.ASCII.GetBytes(TestDataset.Create));
        content.Headers.ContentType = type is null ? null : new(type);
        await client.PostAsync(Route, content).ProblemAsync(415, "unsupported_media_type");
        var id = await client.BeginAsync();
        var chunk = new ByteArrayContent([1, 2, 3]);
        chunk.Headers.ContentType = type is null ? null : new(type);
        await client.PutAsync($"{Route}/{id}/chunks/0", chunk).ProblemAsync(415, "unsupported_media_type");
    }

    [Fact]
    public async Task Refuses_a_body_over_the_limit_of_its_route()
    {
        using var client = await app.NewTenantAsync();

        // The server answers without reading: a client that had sent all at once might find the connection closed first.
        client.DefaultRequestHeaders.ExpectContinue = true;
        await client.PostJsonAsync(Route, new string(' ', (1 << 20) + 1)).ProblemAsync(413, "body_too_large");
        var id = await client.BeginAsync();
        var chunk = new byte[Lace.Evidence.Datasets.DatasetChunk.MaxLength + 1];
        await client.PutChunkAsync(id, 0, chunk).ProblemAsync(413, "body_too_large");
        await client.PutChunkAsync(id, 0, chunk[1..]).ProblemAsync(422, "chunk_malformed");
    }

    [Fact]
    public async Task Refuses_a_chunked_body_that_grows_over_the_limit()
    {
        using var client = await app.NewTenantAsync();
        var id = await client.BeginAsync();
        var request = new HttpRequestMessage(HttpMethod.Put, $"{Route}/{id}/chunks/0")
        {
            Content = new StreamContent(new MemoryStream(new byte[Lace.Evidence.Datasets.DatasetChunk.MaxLength + 1])),
        };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.ContentType = new("application/octet-stream");
        var digest = Convert.ToBase64String(new byte[32]);
        request.Content.Headers.TryAddWithoutValidation("Content-Digest", $"sha-256=:{digest}:");
        await client.SendAsync(request).ProblemAsync(413, "body_too_large");
    }

    [Fact]
    public async Task A_body_that_ends_early_changes_nothing()
    {
        var (key, _) = await app.NewKeyAsync();
        using (var connection = new RawConnection(app.Address))
        {
            var request = Post(key.Reveal(), TestDataset.Create);
            await connection.SendAsync(request[..^20]);
        }

        using var client = app.Client(key.Reveal());
        var list = await client.GetAsync(Route).JsonAsync(HttpStatusCode.OK);
        Assert.Equal(0, list.GetProperty("attestations").GetArrayLength());
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_given_up()
    {
        var (key, _) = await app.NewKeyAsync();
        using var connection = new RawConnection(app.Address);
        await connection.SendAsync(Post(key.Reveal(), TestDataset.Create)[..^20]);
        Assert.StartsWith("HTTP/1.1 408", await connection.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_huge_headers()
    {
        using var connection = new RawConnection(app.Address);
        await connection.SendAsync($"GET /health HTTP/1.1\r\nHost: a\r\nX-Big: {new string('x', 40_000)}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 431", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        await app.Anonymous.GetAsync("/health").JsonAsync(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("GET /v1/attestations/../../etc/passwd HTTP/1.1")]
    [InlineData("GET /v1/attestations/%2e%2e%2f%2e%2e%2fitems.db HTTP/1.1")]
    [InlineData("GET /v1/attestations/..%5c..%5citems.db HTTP/1.1")]
    [InlineData("GET /v1/attestations/%00 HTTP/1.1")]
    [InlineData("GET /v1/attestations/%ff%fe HTTP/1.1")]
    public async Task A_path_with_tricks_leads_nowhere(string line)
    {
        var (key, _) = await app.NewKeyAsync();
        using var connection = new RawConnection(app.Address);
        await connection.SendAsync($"{line}\r\nHost: a\r\nX-Api-Key: {key.Reveal()}\r\n\r\n");
        Assert.Matches("^HTTP/1.1 40[04]", await connection.ReadHeadAsync());
    }

    [Fact]
    public async Task Bytes_that_are_no_http_do_not_hurt()
    {
        var random = new Random(3);
        for (var i = 0; i < 20; i++)
        {
            var bytes = new byte[200];
            random.NextBytes(bytes);
            using var connection = new RawConnection(app.Address);
            await connection.SendAsync(Encoding.Latin1.GetString(bytes));
        }

        await app.Anonymous.GetAsync("/health").JsonAsync(HttpStatusCode.OK);
    }

    private static string Post(string key, string body) =>
        $"POST {Route} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private sealed class RawConnection : IDisposable
    {
        private readonly TcpClient client = new();

        public RawConnection(Uri address) => client.Connect(address.Host, address.Port);

        public async Task SendAsync(string text) => await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));

        /// <summary>One read of the answer: its head at least.</summary>
        public async Task<string> ReadHeadAsync()
        {
            var buffer = new byte[64 << 10];
            var read = await client.GetStream().ReadAsync(buffer);
            return Encoding.Latin1.GetString(buffer, 0, read);
        }

        public void Dispose() => client.Dispose();
    }
}
