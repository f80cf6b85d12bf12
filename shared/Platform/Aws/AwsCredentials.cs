using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.SQS;

namespace Lace.Platform.Aws;

/// <summary>The credentials that the clients of the SDK find, for a request that is signed by hand.</summary>
internal sealed class AwsCredentials : IDisposable
{
    private readonly DefaultAWSCredentialsIdentityResolver resolver = new();

    /// <summary>Resolved each time: the SDK keeps them until they expire.</summary>
    public async Task<ImmutableCredentials> GetAsync(CancellationToken cancellationToken)
    {
        var found = await resolver.ResolveIdentityAsync(new AmazonSQSConfig(), cancellationToken);
        return await found.GetCredentialsAsync();
    }

    public void Dispose() => resolver.Dispose();
}
