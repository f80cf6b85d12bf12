using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Lace.Moto;
using Lace.Platform;
using Lace.SystemTests.Platform.Contracts;

namespace Lace.SystemTests.Platform.Aws;

/// <summary>What the adapters send, where the contract does not see it.</summary>
public sealed class AdapterTests(MotoFixture moto) : IAsyncLifetime
{
    private readonly TenantId tenant = Tenants.New();
    private readonly List<AwsRequest> seen = [];
    private AwsWorld? world;

    private AwsFaults Faults => world!.Front.Faults;

    public async ValueTask InitializeAsync()
    {
        world = await AwsWorld.CreateAsync(moto);
        Faults.Set(request =>
        {
            seen.Add(request);
            return AwsFault.None;
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (world is not null)
        {
            await world.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_big_blob_goes_up_in_parts_and_under_the_same_condition()
    {
        var content = new byte[20_000_000];
        new Random(1).NextBytes(content);
        var key = new BlobKey(tenant, "big");
        Assert.True(await world!.Platform.Blobs.PutIfAbsentAsync(key, content));
        Assert.False(await world.Platform.Blobs.PutIfAbsentAsync(key, content));
        var stored = (await world.Platform.Blobs.GetAsync(key))!;
        Assert.True(stored.Content.Span.SequenceEqual(content));
        content[0] ^= 1;
        Assert.Null(await world.Platform.Blobs.ReplaceAsync(key, content, "\"another\""));
        Assert.NotNull(await world.Platform.Blobs.ReplaceAsync(key, content, stored.ETag));
        Assert.True((await world.Platform.Blobs.GetAsync(key))!.Content.Span.SequenceEqual(content));
        Assert.Equal(9, seen.Count(request => request.Service == AwsService.S3 && request.Body.Length > 3_000_000));
    }

    [Fact]
    public async Task A_part_that_failed_is_sent_again_and_an_answer_to_the_last_step_may_be_lost()
    {
        var content = new byte[20_000_000];
        new Random(2).NextBytes(content);
        var key = new BlobKey(tenant, "big");
        var (parts, completions) = (0, 0);
        Faults.Set(request =>
            request.Body.Length > 3_000_000 && parts++ == 1 ? AwsFault.Failed
            : request.Service == AwsService.S3
            && request.Operation.StartsWith("POST ", StringComparison.Ordinal)
            && request.Body.Length > 0
            && completions++ == 0
                ? AwsFault.Lost
            : AwsFault.None
        );
        Assert.True(await world!.Platform.Blobs.PutIfAbsentAsync(key, content));
        Assert.True((await world.Platform.Blobs.GetAsync(key))!.Content.Span.SequenceEqual(content));
        Assert.Equal((4, 1), (parts, completions));
    }

    [Fact]
    public async Task The_bodies_of_blobs_go_with_a_checksum()
    {
        await world!.Platform.Blobs.PutIfAbsentAsync(new BlobKey(tenant, "a"), "content"u8.ToArray());
        Assert.Contains(
            seen.Single(request => request.Service == AwsService.S3).HeaderNames,
            name => name.StartsWith("x-amz-checksum-", StringComparison.Ordinal) || name == "x-amz-trailer"
        );
    }

    [Fact]
    public async Task A_text_is_the_body_of_its_message_and_what_others_send_comes_out_as_its_bytes()
    {
        var queue = world!.Platform.Queue("losses");
        const string Json = """{"run_id":"run-1","note":"Ünï 語 😀\n"}""";
        await queue.SendAsync(Encoding.UTF8.GetBytes(Json));
        Assert.Equal(Json, (string?)seen.Last(request => request.Operation == "SendMessage").Json["MessageBody"]);
        await queue.SendAsync(new byte[] { 0xff, 0x00, 0x80 });
        Assert.Equal("/wCA", (string?)seen.Last(request => request.Operation == "SendMessage").Json["MessageBody"]);

        var bodies = (await queue.ReceiveAsync(10, TimeSpan.FromSeconds(30))).Select(message => message.Body.ToArray());
        Assert.Equal(
            new[] { Convert.ToHexString(Encoding.UTF8.GetBytes(Json)), "FF0080" }.Order(),
            bodies.Select(Convert.ToHexString).Order()
        );
    }

    [Fact]
    public async Task A_queue_that_the_process_has_not_says_so_when_it_is_used()
    {
        var queue = world!.Platform.Queue("other");
        var failure = await Assert.ThrowsAsync<StorageException>(() => queue.SendAsync("a"u8.ToArray()));
        Assert.Contains("LACE_QUEUE_OTHER", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_of_a_tenant_are_tagged_and_data_keys_carry_tenant_and_purpose()
    {
        using var key = await world!.Platform.Keys.GenerateDataKeyAsync(tenant, "artifact-1");
        var tags = (JsonArray)seen.First(request => request.Operation == "CreateKey").Json["Tags"]!;
        Assert.Contains(
            tags,
            tag => (string?)tag!["TagKey"] == "lace:tenant" && (string?)tag["TagValue"] == tenant.Value
        );
        var context = seen.Last(request => request.Operation == "GenerateDataKey").Json["EncryptionContext"]!;
        Assert.Equal((tenant.Value, "lace/artifact-1"), ((string?)context["tenant"], (string?)context["purpose"]));
    }

    [Fact]
    public async Task Ml_dsa_signs_mu_and_the_digest_stands_for_a_long_message_of_ecdsa()
    {
        var keys = world!.Platform.Keys;
        var message = RandomNumberGenerator.GetBytes(100_000);
        foreach (var algorithm in new[] { SigningAlgorithm.MlDsa44, SigningAlgorithm.EcdsaP256 })
        {
            var key = await keys.GetSigningKeyAsync(tenant, "statements", algorithm);
            Assert.NotNull(await keys.SignAsync(tenant, key.KeyId, message));
        }

        var asked = seen.Where(request => request.Operation == "Sign").Select(request => request.Json).ToArray();
        Assert.Equal(["EXTERNAL_MU", "DIGEST"], asked.Select(sign => (string?)sign["MessageType"]));
        Assert.Equal([64, 32], asked.Select(sign => Convert.FromBase64String((string)sign["Message"]!).Length));
    }

    [Fact]
    public async Task A_retired_signing_key_is_deleted_in_kms()
    {
        var keys = world!.Platform.Keys;
        await keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        Assert.DoesNotContain(seen, request => request.Operation == "ScheduleKeyDeletion");
        await keys.RotateSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519);
        Assert.Single(seen, request => request.Operation == "ScheduleKeyDeletion");
    }

    [Fact]
    public async Task A_role_that_may_not_delete_keys_still_makes_one_for_all_who_ask_at_once()
    {
        Faults.Set(request => request.Operation == "ScheduleKeyDeletion" ? AwsFault.Forbidden : AwsFault.None);
        var keys = world!.Platform.Keys;
        var made = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519))
        );
        Assert.Single(made.Select(key => key.KeyId).Distinct());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => keys.GenerateDataKeyAsync(tenant, "c")));
        Assert.True(Faults.Count(AwsFault.Forbidden) > 0);
        await Assert.ThrowsAsync<StorageException>(() => keys.DestroyAsync(tenant));
    }

    [Fact]
    public async Task A_job_is_submitted_once_with_its_names_and_its_arguments()
    {
        var request = new JobRequest(
            tenant,
            "a",
            "worker",
            ["--client", "tc-1"],
            new Dictionary<string, string> { ["EXTRA"] = "x" }
        );
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world!.Platform.Jobs.SubmitAsync(request)));
        var submitted = Assert.Single(seen, one => one.Operation == "/v1/submitjob").Json["containerOverrides"]!;
        Assert.Equal(["--client", "tc-1"], ((JsonArray)submitted["command"]!).Select(word => (string?)word));
        var environment = ((JsonArray)submitted["environment"]!).ToDictionary(
            variable => (string)variable!["name"]!,
            variable => (string)variable!["value"]!
        );
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["EXTRA"] = "x",
                ["LACE_TENANT"] = tenant.Value,
                ["LACE_JOB"] = "a",
            },
            environment
        );
    }

    [Fact]
    public async Task A_cancelled_job_is_ended_in_batch_and_one_that_batch_forgot_has_failed()
    {
        var sleeping = new SleepingJobs();
        world!.Front.Rewrite = sleeping.Rewrite;
        var jobs = world.Platform.Jobs;
        var request = new JobRequest(tenant, "a", "worker", ["sleep"], new Dictionary<string, string>());
        Assert.Equal(JobStatus.Running, (await jobs.SubmitAsync(request)).Status);
        Assert.True(await jobs.CancelAsync(tenant, "a"));
        Assert.Single(seen, one => one.Operation == "/v1/terminatejob");

        await jobs.SubmitAsync(request with { Name = "b" });
        world.Front.Rewrite = (one, answer) =>
            one.Operation == "/v1/describejobs" ? """{"jobs":[]}"""u8.ToArray() : answer;
        var forgotten = (await jobs.DescribeAsync(tenant, "b"))!;
        Assert.Equal((JobStatus.Failed, true), (forgotten.Status, forgotten.Reason?.Contains("no more")));
    }

    [Fact]
    public async Task What_is_not_there_is_an_error_and_not_an_empty_answer()
    {
        using var nowhere = world!.OpenWhereNothingIs();
        var blob = new BlobKey(tenant, "a");
        await Assert.ThrowsAsync<StorageException>(() => nowhere.Items.GetAsync(new ItemKey(tenant, "p", "s")));
        await Assert.ThrowsAsync<StorageException>(() => nowhere.Blobs.GetAsync(blob));
        await Assert.ThrowsAsync<StorageException>(() => nowhere.Blobs.PutIfAbsentAsync(blob, "1"u8.ToArray()));
        await Assert.ThrowsAsync<StorageException>(() =>
            nowhere.Keys.GetSigningKeyAsync(tenant, "log", SigningAlgorithm.Ed25519)
        );
    }
}
