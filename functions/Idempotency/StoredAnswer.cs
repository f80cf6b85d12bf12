namespace Lace.Functions.Idempotency;

/// <summary>An answer as it was given.</summary>
internal sealed record StoredAnswer(int Status, string? ContentType, string? Location, byte[] Body)
{
    /// <summary>In base64 it fits an item. A larger answer is not kept; its request is one that is safe to run again.</summary>
    public const int MaxBytes = 128 << 10;

    public const string ReplayedHeader = "Idempotent-Replayed";

    public static StoredAnswer Of(HttpResponse response, byte[] body) =>
        new(response.StatusCode, response.ContentType, (string?)response.Headers.Location, body);

    public Task SendAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.Headers.Location = Location;
        response.Headers[ReplayedHeader] = "true";
        response.ContentLength = Body.Length;
        return response.Body.WriteAsync(Body, 0, Body.Length, response.HttpContext.RequestAborted);
    }
}
