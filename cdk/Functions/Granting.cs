using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Lace.Cdk.Data;

namespace Lace.Cdk.Functions;

/// <summary>Makes the statements of rights, for one deployment.</summary>
internal sealed class Granting(Stack stack, Stage stage, DataStack data)
{
    private static readonly string[] UsesOfDataKey =
    [
        "kms:Decrypt",
        "kms:DescribeKey",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
    ];

    public Stage Stage => stage;

    public DataStack Data => data;

    /// <summary>The value of <c>LACE_KEY_ALIAS</c>.</summary>
    public string KeyAlias => $"alias/{stage.Prefix}";

    public void Grant(Role role, IReadOnlyList<Right> rights)
    {
        foreach (var statement in Statements(rights))
        {
            role.AddToPolicy(statement);
        }
    }

    /// <summary>What the rights allow, and the use of the data key through the services that they are about.</summary>
    public IEnumerable<PolicyStatement> Statements(IReadOnlyList<Right> rights)
    {
        string[] services =
        [
            .. rights
                .Select(right => right.Service)
                .OfType<string>()
                .Distinct()
                .Order(StringComparer.Ordinal)
                .Select(service => $"{service}.{DeploymentSettings.Region}.amazonaws.com"),
        ];
        PolicyStatement[] key =
            services.Length == 0
                ? []
                :
                [
                    Grants.Allow(
                        "UseDataKey",
                        [data.Key.KeyArn],
                        ("StringEquals", "kms:ViaService", services),
                        UsesOfDataKey
                    ),
                ];
        return rights.SelectMany(right => right.Statements(this)).Concat(key).DistinctBy(statement => statement.Sid);
    }

    public string Arn(string service, string resource) =>
        $"arn:aws:{service}:{DeploymentSettings.Region}:{stack.Account}:{resource}";

    public string[] Objects(IEnumerable<string> paths) => [.. paths.Select(data.Blobs.Blobs.ArnForObjects)];
}
