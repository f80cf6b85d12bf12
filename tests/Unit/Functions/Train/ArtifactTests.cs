using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Lace.Platform;
using Microsoft.Extensions.DependencyInjection;

namespace Lace.Tests.Functions.Train;

/// <summary>Artifacts given out to their owner.</summary>
public sealed class ArtifactTests(TrainAppFixture fixture) : IClassFixture<TrainAppFixture>
{
    private readonly LaceApp app = fixture.App;

    [Fact]
    public async Task The_owner_gets_the_content_in_the_clear_with_its_hash_and_the_download_is_recorded()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var tc = await tenant.Client.NewTrainingAsync();
        var content = RandomNumberGenerator.GetBytes(300_000);
        var (id, _) = await MadeArtifact.CreateAsync(app, tenant.Id, tc, content, "first");
        var answer = await tenant.Client.GetAsync($"/v1/artifacts/{id}/content");
        Assert.Equal(content, await answer.Content.ReadAsByteArrayAsync());
        var hash = SHA256.HashData(content);
        Assert.Equal($"sha256:{Convert.ToHexStringLower(hash)}", answer.Headers.GetValues("X-Content-Hash").Single());
        Assert.Equal($"sha-256=:{Convert.ToBase64String(hash)}:", answer.Headers.GetValues("Repr-Digest").Single());
        Assert.Equal($"\"{Convert.ToHexStringLower(hash)}\"", answer.Headers.ETag?.Tag);

        var seen = await tenant.Client.GetAsync($"/v1/artifacts/{id}").JsonAsync(HttpStatusCode.OK);
        Assert.Equal("first", seen.GetProperty("name").GetString());
        Assert.Equal($"sha256:{Convert.ToHexStringLower(hash)}", seen.GetProperty("content_hash").GetString());
        Assert.Equal("AES-256-GCM", seen.GetProperty("encryption").GetProperty("algorithm").GetString());
        var entries = await tenant
            .Client.GetAsync("/v1/audit_logs?operation=artifact.read")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal(id, Assert.Single(entries.EnumerateArray()).GetProperty("object_id").GetString());
    }

    [Fact]
    public async Task A_range_is_served()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var tc = await tenant.Client.NewTrainingAsync();
        var content = RandomNumberGenerator.GetBytes(200_000);
        var (id, _) = await MadeArtifact.CreateAsync(app, tenant.Id, tc, content);
        var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/artifacts/{id}/content");
        request.Headers.Range = new RangeHeaderValue(100_000, 100_099);
        var answer = await tenant.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(content[100_000..100_100], await answer.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_given_out_of_what_was_changed_or_cut_in_the_store(bool cut)
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var tc = await tenant.Client.NewTrainingAsync();
        var (id, _) = await MadeArtifact.CreateAsync(app, tenant.Id, tc, RandomNumberGenerator.GetBytes(5_000));
        var blobs = app.Services.GetRequiredService<IBlobStore>();
        var place = new BlobKey(tenant.Id, $"artifacts/{id}/part-0000");
        var stored = (await blobs.GetAsync(place))!;
        var bytes = stored.Content.ToArray();
        bytes[^20] ^= 1;
        Assert.NotNull(await blobs.ReplaceAsync(place, cut ? bytes[..^40] : bytes, stored.ETag));
        var failed = false;
        try
        {
            var answer = await tenant.Client.GetAsync($"/v1/artifacts/{id}/content");
            failed = answer.StatusCode == HttpStatusCode.InternalServerError;
        }
        catch (HttpRequestException)
        {
            failed = true; // the connection ended before the announced length
        }

        Assert.True(failed);
    }

    [Fact]
    public async Task One_artifact_in_the_place_of_another_does_not_open()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var tc = await tenant.Client.NewTrainingAsync();
        var (one, _) = await MadeArtifact.CreateAsync(app, tenant.Id, tc, new byte[1000]);
        var (other, _) = await MadeArtifact.CreateAsync(app, tenant.Id, tc, new byte[1000]);
        var blobs = app.Services.GetRequiredService<IBlobStore>();
        var bytes = (await blobs.GetAsync(new BlobKey(tenant.Id, $"artifacts/{other}/part-0000")))!.Content;
        var place = new BlobKey(tenant.Id, $"artifacts/{one}/part-0000");
        var stored = (await blobs.GetAsync(place))!;
        Assert.NotNull(await blobs.ReplaceAsync(place, bytes, stored.ETag));
        await tenant.Client.GetAsync($"/v1/artifacts/{one}/content").TrainProblemAsync(500, "ARTIFACT_UNREADABLE");
    }

    [Fact]
    public async Task Lists_newest_first_in_pages()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var tc = await tenant.Client.NewTrainingAsync();
        var other = await tenant.Client.NewTrainingAsync();
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add((await MadeArtifact.CreateAsync(app, tenant.Id, i == 1 ? other : tc, [1])).Id);
        }

        var page = await tenant.Client.GetAsync("/v1/artifacts?limit=2").JsonAsync(HttpStatusCode.OK);
        var next = page.GetProperty("next").GetString();
        var rest = await tenant.Client.GetAsync($"/v1/artifacts?limit=2&cursor={next}").JsonAsync(HttpStatusCode.OK);
        Assert.False(rest.TryGetProperty("next", out _));
        string[] listed = [.. Ids(page), .. Ids(rest)];
        Assert.Equal(made.Order(StringComparer.Ordinal).Reverse(), listed);
        var filtered = await tenant
            .Client.GetAsync($"/v1/artifacts?training_client_id={other}")
            .JsonAsync(HttpStatusCode.OK);
        Assert.Equal([made[1]], Ids(filtered));
        await tenant.Client.GetAsync("/v1/artifacts?limit=0").TrainProblemAsync(422, "VALIDATION_ERROR");

        static IEnumerable<string> Ids(System.Text.Json.JsonElement list) =>
            list.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("artifact_id").GetString()!);
    }

    [Fact]
    public async Task What_was_not_trained_privately_has_no_certificate()
    {
        var tenant = await TrainTenant.CreateAsync(app);
        var (id, _) = await MadeArtifact.CreateAsync(app, tenant.Id, await tenant.Client.NewTrainingAsync(), [1]);
        await tenant.Client.GetAsync($"/v1/artifacts/{id}/certificate").TrainProblemAsync(404, "CERTIFICATE_NOT_FOUND");
    }
}
