using Lace.Platform;

namespace Lace.SystemTests.Platform.Contracts;

/// <summary>What every <see cref="IKeyService"/> does.</summary>
public abstract partial class KeyServiceContract
{
    private readonly TenantId tenant = Tenants.New();

    protected abstract IKeyService Keys { get; }

    /// <summary>The service as after a start of the process, on the same keys.</summary>
    protected abstract IKeyService Restart();

    [Fact]
    public async Task Unwraps_what_it_wrapped()
    {
        using var made = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        using var again = await Keys.UnwrapDataKeyAsync(tenant, "run-1", made.Wrapped);
        Assert.Equal(32, made.Plaintext.Length);
        Assert.True(made.Plaintext.SequenceEqual(again!.Plaintext));
    }

    [Fact]
    public async Task Every_data_key_is_another_and_the_wrapped_form_does_not_hold_it()
    {
        using var a = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        using var b = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        Assert.False(a.Plaintext.SequenceEqual(b.Plaintext));
        Assert.False(a.Wrapped.Span.SequenceEqual(b.Wrapped.Span));
        Assert.Equal(-1, a.Wrapped.Span.IndexOf(a.Plaintext[..8]));
    }

    [Theory]
    [InlineData("run-2")]
    [InlineData("")]
    [InlineData("run-1 ")]
    [InlineData("RUN-1")]
    public async Task Another_context_gives_nothing(string context)
    {
        using var made = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, context, made.Wrapped));
    }

    [Fact]
    public async Task Another_tenant_gets_nothing()
    {
        var stranger = Tenants.New();
        using var made = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        Assert.Null(await Keys.UnwrapDataKeyAsync(stranger, "run-1", made.Wrapped));
        using var theirs = await Keys.GenerateDataKeyAsync(stranger, "run-1");
        Assert.Null(await Keys.UnwrapDataKeyAsync(stranger, "run-1", made.Wrapped));
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "run-1", theirs.Wrapped));
    }

    [Fact]
    public async Task Any_flipped_bit_gives_nothing()
    {
        using var made = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        for (var bit = 0; bit < made.Wrapped.Length * 8; bit += 3)
        {
            var flipped = made.Wrapped.ToArray();
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "run-1", flipped));
        }
    }

    [Fact]
    public async Task Any_other_length_gives_nothing()
    {
        using var made = await Keys.GenerateDataKeyAsync(tenant, "run-1");
        for (var length = 0; length < made.Wrapped.Length; length++)
        {
            Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "run-1", made.Wrapped[..length]));
        }

        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "run-1", new byte[100_000]));
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "run-1", (byte[])[.. made.Wrapped.Span, 0]));
    }

    [Fact]
    public async Task After_a_rotation_old_and_new_data_keys_are_readable()
    {
        using var before = await Keys.GenerateDataKeyAsync(tenant, "c");
        await Keys.RotateAsync(tenant);
        await Keys.RotateAsync(tenant);
        using var after = await Keys.GenerateDataKeyAsync(tenant, "c");
        foreach (var key in new[] { before, after })
        {
            using var again = await Keys.UnwrapDataKeyAsync(tenant, "c", key.Wrapped);
            Assert.True(key.Plaintext.SequenceEqual(again!.Plaintext));
        }
    }

    [Fact]
    public async Task A_rotation_may_come_first_and_concurrent_ones_lose_no_key()
    {
        await Keys.RotateAsync(tenant);
        var made = await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(async _ =>
                {
                    await Keys.RotateAsync(tenant);
                    return await Keys.GenerateDataKeyAsync(tenant, "c");
                })
        );
        foreach (var key in made)
        {
            using var again = await Keys.UnwrapDataKeyAsync(tenant, "c", key.Wrapped);
            Assert.True(key.Plaintext.SequenceEqual(again!.Plaintext));
            key.Dispose();
        }
    }

    [Fact]
    public async Task After_destruction_nothing_old_is_readable_and_others_are_untouched()
    {
        var stranger = Tenants.New();
        using var first = await Keys.GenerateDataKeyAsync(tenant, "c");
        await Keys.RotateAsync(tenant);
        using var second = await Keys.GenerateDataKeyAsync(tenant, "c");
        using var theirs = await Keys.GenerateDataKeyAsync(stranger, "c");
        await Keys.DestroyAsync(tenant);
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "c", first.Wrapped));
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "c", second.Wrapped));
        using var anew = await Keys.GenerateDataKeyAsync(tenant, "c");
        Assert.NotNull(await Keys.UnwrapDataKeyAsync(tenant, "c", anew.Wrapped));
        Assert.Null(await Keys.UnwrapDataKeyAsync(tenant, "c", first.Wrapped));
        Assert.NotNull(await Keys.UnwrapDataKeyAsync(stranger, "c", theirs.Wrapped));
    }

    [Fact]
    public async Task Destroying_what_is_not_there_changes_nothing()
    {
        await Keys.DestroyAsync(tenant);
        await Keys.DestroyAsync(tenant);
    }

    [Fact]
    public async Task A_disposed_data_key_is_zero()
    {
        var made = await Keys.GenerateDataKeyAsync(tenant, "c");
        made.Dispose();
        Assert.Equal(-1, made.Plaintext.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public async Task Refuses_contexts_and_tenants_outside_the_contract()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Keys.GenerateDataKeyAsync(tenant, new string('c', 1025)));
        await Assert.ThrowsAsync<ArgumentException>(() => Keys.GenerateDataKeyAsync(tenant, "\ud800"));
        await Assert.ThrowsAsync<ArgumentException>(() => Keys.GenerateDataKeyAsync(default, "c"));
        using var longest = await Keys.GenerateDataKeyAsync(tenant, new string('c', 1024));
    }
}
