namespace Lace.Tests.Functions;

/// <summary>One application for the tests of a class; each test has a tenant of its own.</summary>
public sealed class LaceAppFixture : IAsyncLifetime
{
    internal LaceApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync() => App = await LaceApp.StartAsync();

    public ValueTask DisposeAsync() => App.DisposeAsync();
}
