using Lace.Functions.TransparencyLog;
using Lace.Records.Notary;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Lace.Functions.Notary;

internal static class Notarization
{
    /// <summary>What a function needs that states something: the signer, the statements and the log's outbox.</summary>
    public static void AddNotary(this IServiceCollection services)
    {
        services.AddTransparencyLog();
        services.TryAddSingleton<StatementSigner>();
        services.TryAddSingleton<StatementKeys>();
        services.TryAddSingleton<SignedStatements>();
    }
}
