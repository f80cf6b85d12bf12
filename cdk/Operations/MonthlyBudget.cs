using Amazon.CDK.AWS.Budgets;
using Constructs;

namespace Lace.Cdk.Operations;

/// <summary>Tells when the month's cost of this stage comes near its budget. It stops nothing.</summary>
internal sealed class MonthlyBudget
{
    public MonthlyBudget(Construct scope, DeploymentSettings settings)
    {
        if (settings.AlarmEmail is not { } address)
        {
            return;
        }

        CfnBudget.NotificationWithSubscribersProperty At(string kind, double percent) =>
            new()
            {
                Notification = new CfnBudget.NotificationProperty
                {
                    NotificationType = kind,
                    ComparisonOperator = "GREATER_THAN",
                    Threshold = percent,
                    ThresholdType = "PERCENTAGE",
                },
                Subscribers = new[]
                {
                    new CfnBudget.SubscriberProperty { SubscriptionType = "EMAIL", Address = address },
                },
            };

        _ = new CfnBudget(
            scope,
            "Budget",
            new CfnBudgetProps
            {
                Budget = new CfnBudget.BudgetDataProperty
                {
                    BudgetName = settings.Stage.Prefix,
                    BudgetType = "COST",
                    TimeUnit = "MONTHLY",
                    BudgetLimit = new CfnBudget.SpendProperty { Amount = settings.Stage.MonthlyBudget, Unit = "USD" },
                    // Counts what carries the tag, once it is switched on for cost allocation.
                    CostFilters = new Dictionary<string, object>(StringComparer.Ordinal)
                    {
                        ["TagKeyValue"] = new[] { $"user:lace:stage${settings.Stage.Name}" },
                    },
                },
                NotificationsWithSubscribers = new[] { At("ACTUAL", 80), At("FORECASTED", 100) },
            }
        );
    }
}
