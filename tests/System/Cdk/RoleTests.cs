using Lace.Cdk.Functions;
using Lace.Cdk.Iam;

namespace Lace.SystemTests.Cdk;

/// <summary>Who may do what. What AWS enforces of it is seen only on AWS: moto does not.</summary>
public sealed class RoleTests
{
    /// <summary>Actions that take no resource, or none that is known beforehand.</summary>
    private static readonly Dictionary<string, string> OnEverything = new(StringComparer.Ordinal)
    {
        ["xray:PutTraceSegments"] = "traces have no resource",
        ["xray:PutTelemetryRecords"] = "traces have no resource",
        ["batch:DescribeJobs"] = "takes no resource",
        ["batch:ListJobs"] = "takes no resource",
        ["ecr:GetAuthorizationToken"] = "takes no resource",
        ["kms:CreateKey"] = "the key is not there yet; its tag is a condition",
        ["kms:TagResource"] = "the key is not there yet; its tag is a condition",
    };

    private static readonly string[] PoliciesOfAws =
    [
        "service-role/AmazonEC2ContainerServiceforEC2Role",
        "service-role/AWSCodeDeployRoleForLambdaLimited",
    ];

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void No_action_has_a_wildcard(string name)
    {
        var actions = Deployments.Named(name).Roles.SelectMany(role => role.Statements).SelectMany(one => one.Actions);

        Assert.DoesNotContain(actions, action => action.Contains('*', StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Only_listed_actions_stand_on_every_resource(string name)
    {
        var wide =
            from role in Deployments.Named(name).Roles
            from statement in role.Statements
            where statement.Resources.Contains("*", StringComparer.Ordinal)
            from action in statement.Actions
            where !OnEverything.ContainsKey(action)
            select $"{role.Name}: {action}";

        Assert.Empty(wide);
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Rights_on_any_key_depend_on_its_tag(string name)
    {
        var wide =
            from role in Deployments.Named(name).Roles
            from statement in role.Statements
            where statement.Actions.Any(action => action.StartsWith("kms:", StringComparison.Ordinal))
            where statement.Resources.Any(resource => resource.EndsWith('*'))
            where
                statement.Condition?.Contains("/lace:alias StringEquals alias/lace-", StringComparison.Ordinal) != true
            select $"{role.Name}: {statement.Reason}";

        Assert.Empty(wide);
    }

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Only_known_policies_of_aws_are_used(string name) =>
        Assert.Empty(Deployments.Named(name).Roles.SelectMany(role => role.ManagedPolicies).Except(PoliciesOfAws));

    [Fact]
    public void Each_function_has_a_role_of_its_own()
    {
        var roles = Deployments.Production.Functions.Values.Select(function => function.Text("Role")).ToArray();

        Assert.Equal(FunctionPlan.All.Count, roles.Length);
        Assert.Distinct(roles);
    }

    [Fact]
    public void Nothing_that_runs_may_drop_tables_buckets_and_queues_or_change_who_may()
    {
        string[] destructive =
        [
            "kms:DisableKey",
            "kms:PutKeyPolicy",
            "dynamodb:DeleteTable",
            "dynamodb:UpdateTable",
            "s3:DeleteBucket",
            "s3:DeleteObjectVersion",
            "s3:BypassGovernanceRetention",
            "s3:PutBucketPolicy",
            "s3:PutObjectRetention",
            "sqs:PurgeQueue",
            "sqs:DeleteQueue",
            "iam:PassRole",
        ];

        var found =
            from role in Deployments.Production.Roles
            where role.AssumedBy.Count > 0
            from statement in role.Statements
            from action in statement.Actions.Intersect(destructive)
            select $"{role.Name}: {action}";

        Assert.Empty(found);
    }

    [Fact]
    public void Only_an_operator_and_the_operator_s_function_destroy_keys()
    {
        var able = Deployments.Production.Roles.Where(role =>
            role.Statements.Any(statement => statement.Actions.Contains("kms:ScheduleKeyDeletion"))
        );

        Assert.Equal(["lace-prod-admin", "lace-prod-operator"], able.Select(role => role.Name).Order());
    }

    [Fact]
    public void The_authorizer_sees_no_tenant_s_items()
    {
        var items = Statements("authorizer")
            .Where(statement =>
                statement.Actions.Any(action => action.StartsWith("dynamodb:", StringComparison.Ordinal))
            );

        Assert.All(
            items,
            statement => Assert.Contains("LeadingKeys ForAllValues", statement.Condition, StringComparison.Ordinal)
        );
        Assert.All(items, statement => Assert.Contains("service#", statement.Condition, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("authorizer", "dynamodb:Query")]
    [InlineData("authorizer", "s3:GetObject")]
    [InlineData("authorizer", "kms:Sign")]
    [InlineData("attest", "batch:SubmitJob")]
    [InlineData("verify", "batch:SubmitJob")]
    [InlineData("verify", "sqs:ReceiveMessage")]
    [InlineData("lossingest", "sqs:SendMessage")]
    [InlineData("losses", "batch:SubmitJob")]
    [InlineData("report", "sqs:SendMessage")]
    public void A_function_may_not_do_what_its_code_does_not(string function, string action) =>
        Assert.DoesNotContain(action, ActionsOf(function));

    [Theory]
    [InlineData("attest", "reports")]
    [InlineData("report", "artifacts")]
    [InlineData("losses", "attestations")]
    [InlineData("verify", "reports")]
    public void A_function_reads_no_blobs_of_another(string function, string folder) =>
        Assert.DoesNotContain(
            Statements(function).SelectMany(statement => statement.Resources),
            resource => resource.Contains($"/{folder}/", StringComparison.Ordinal)
        );

    [Theory]
    [MemberData(nameof(Deployments.Names), MemberType = typeof(Deployments))]
    public void Calls_of_functions_come_from_the_api_and_the_clock_only(string name)
    {
        var deployment = Deployments.Named(name);
        foreach (var (id, permission) in deployment.OfType("AWS::Lambda::Permission"))
        {
            Assert.Contains(permission.Text("Principal"), new[] { "apigateway.amazonaws.com", "events.amazonaws.com" });
            Assert.True(permission.At("SourceArn") is not null, $"{id} lets any source call.");
        }
    }

    private static IEnumerable<Statement> Statements(string function) =>
        Deployments.Production.Roles.Single(role => role.Name == $"lace-prod-{function}").Statements;

    private static IEnumerable<string> ActionsOf(string function) =>
        Statements(function).SelectMany(statement => statement.Actions);
}
