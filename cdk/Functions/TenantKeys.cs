using Amazon.CDK.AWS.IAM;

namespace Lace.Cdk.Functions;

/// <summary>
/// Rights on the keys that the functions make while they run: one a tenant that wraps its data keys, and those that sign. They
/// cannot be named beforehand, so the tag that each is made with says whose it is. Only the operator's function may destroy one.
/// </summary>
internal static class TenantKeys
{
    /// <summary>Lace.Platform.Aws, KmsKeyService.</summary>
    private const string Tag = "lace:alias";

    public static IEnumerable<PolicyStatement> Wrap(Granting granting) =>
        [OnKeys(granting, "WrapDataKeys", "kms:Decrypt", "kms:GenerateDataKey"), Make(granting)];

    public static IEnumerable<PolicyStatement> Sign(Granting granting) =>
        [OnKeys(granting, "Sign", "kms:GetPublicKey", "kms:Sign"), Make(granting)];

    public static IEnumerable<PolicyStatement> Destroy(Granting granting) =>
        [OnKeys(granting, "DestroyKeys", "kms:ScheduleKeyDeletion")];

    public static IEnumerable<PolicyStatement> Administer(Granting granting) =>
        [
            OnKeys(
                granting,
                "AdministerKeys",
                "kms:CancelKeyDeletion",
                "kms:DescribeKey",
                "kms:EnableKey",
                "kms:RotateKeyOnDemand"
            ),
        ];

    private static PolicyStatement OnKeys(Granting granting, string reason, params string[] actions) =>
        Grants.Allow(
            reason,
            [granting.Arn("kms", "key/*")],
            ("StringEquals", $"aws:ResourceTag/{Tag}", granting.KeyAlias),
            actions
        );

    /// <summary>A key that is not there yet has no ARN and no tag, so the tag that it is to have is asked for.</summary>
    private static PolicyStatement Make(Granting granting) =>
        Grants.Allow(
            "MakeKeys",
            ["*"],
            ("StringEquals", $"aws:RequestTag/{Tag}", granting.KeyAlias),
            "kms:CreateKey",
            "kms:TagResource"
        );
}
