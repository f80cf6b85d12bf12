using Amazon.CDK.AWS.IAM;
using Constructs;
using Lace.Cdk.Functions;

namespace Lace.Cdk.Operations;

/// <summary>
/// What a person needs for the verbs of docs/operations.md (keys, redrive, deletion of a tenant), attached to
/// nobody.
/// </summary>
internal sealed class OperatorPolicy
{
    public OperatorPolicy(Construct scope, Stage stage, Granting granting)
    {
        var policy = new ManagedPolicy(
            scope,
            "Operator",
            new ManagedPolicyProps
            {
                ManagedPolicyName = $"{stage.Prefix}-operator",
                Description = $"Lace Cloud {stage.Name}: administrator's verbs. For persons, with a second factor.",
            }
        );
        policy.AddStatements([
            .. granting.Statements([
                Right.ReadAndWriteItems,
                Right.WrapKeys,
                Right.Sign,
                Right.DestroyKeys,
                Right.AdministerKeys,
                Right.RedriveLosses,
            ]),
        ]);
    }
}
