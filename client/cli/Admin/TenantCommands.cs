using System.CommandLine;

namespace Lace.Cli.Admin;

/// <summary><c>lace admin tenant</c>.</summary>
internal static class TenantCommands
{
    private const string Route = "v1/admin/tenants";
    private const string Example = "tenant-x7k2p9abcd";

    private static readonly string[] Plans = ["pilot", "starter", "growth", "enterprise", "local"];

    public static Command Create() =>
        new("tenant", "Make, list, show, change, suspend and delete tenants")
        {
            Make(),
            List(),
            Show(),
            SetPlan(),
            Change("suspend", "Its keys open nothing from now on, everywhere within a minute; what it has stays"),
            Change("resume", "End a suspension"),
            Delete(),
        };

    private static CommandWithExamples Make()
    {
        var name = new Argument<string>("name") { Description = "For people: at most 200 characters" };
        var plan = new Option<string>("--plan") { Description = "Its plan", DefaultValueFactory = _ => "pilot" };
        plan.AcceptOnlyFromAmong(Plans);
        var command = new CommandWithExamples(
            "create",
            "Make a tenant",
            $"It has no key yet: `lace admin key create`. What the plans hold is in docs/operations.md. {AdminCommand.Key}",
            "lace admin tenant create \"Acme\" --plan starter\nlace admin tenant create \"Acme\" --json"
        )
        {
            name,
            plan,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminTenant,
                    api =>
                        api.PostAsync(
                            Route,
                            new NewTenant(parsed.GetRequiredValue(name), parsed.GetRequiredValue(plan)),
                            CliJson.Default.NewTenant,
                            CliJson.Default.AdminTenant,
                            null,
                            cancel
                        ),
                    AdminText.Of
                )
        );
        return command;
    }

    private static CommandWithExamples List()
    {
        var command = new CommandWithExamples(
            "list",
            "All tenants, deleted ones too",
            AdminCommand.Key,
            "lace admin tenant list\nlace admin tenant list --json"
        );
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(parsed, CliJson.Default.AdminTenants, api => AllAsync(api, cancel), AdminText.Of)
        );
        return command;
    }

    private static CommandWithExamples Show()
    {
        var id = Id();
        var command = new CommandWithExamples(
            "show",
            "A tenant, and what is used of its plan",
            AdminCommand.Key,
            $"lace admin tenant show {Example}\nlace admin tenant show {Example} --json"
        )
        {
            id,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminTenant,
                    api => api.GetAsync(Of(parsed, id), CliJson.Default.AdminTenant, cancel),
                    AdminText.Of
                )
        );
        return command;
    }

    private static CommandWithExamples SetPlan()
    {
        var id = Id();
        var plan = new Argument<string>("plan") { Description = "Its plan from now on" };
        plan.AcceptOnlyFromAmong(Plans);
        var command = new CommandWithExamples(
            "set-plan",
            "Give a tenant another plan",
            $"Quotas hold at once, the rate of requests within a minute; what is used stays counted. {AdminCommand.Key}",
            $"lace admin tenant set-plan {Example} growth"
        )
        {
            id,
            plan,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminTenant,
                    api =>
                        api.PutAsync(
                            Of(parsed, id) + "/plan",
                            new NewPlan(parsed.GetRequiredValue(plan)),
                            CliJson.Default.NewPlan,
                            CliJson.Default.AdminTenant,
                            cancel
                        ),
                    AdminText.Of
                )
        );
        return command;
    }

    private static CommandWithExamples Change(string verb, string description)
    {
        var id = Id();
        var command = new CommandWithExamples(
            verb,
            description,
            AdminCommand.Key,
            $"lace admin tenant {verb} {Example}"
        )
        {
            id,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminTenant,
                    api =>
                        api.PostAsync(
                            $"{Of(parsed, id)}/{verb}",
                            new Nothing(),
                            CliJson.Default.Nothing,
                            CliJson.Default.AdminTenant,
                            null,
                            cancel
                        ),
                    AdminText.Of
                )
        );
        return command;
    }

    private static CommandWithExamples Delete()
    {
        var id = Id();
        var yes = new Option<string?>("--yes") { Description = "The tenant's id once more", HelpName = "tenant" };
        var command = new CommandWithExamples(
            "delete",
            "Delete a tenant by destroying its keys: for good",
            $"""
            Its API keys are revoked, and what its keys wrapped is unreadable for good: artifacts, states, ingest keys, stored
            answers. What is not encrypted by tenant, and what was public, stays (docs/operations.md). Once more does all of it again.
            {AdminCommand.Key}
            Exit code: 0 done; 2 --yes is missing or names another; 4 no operator's key; 10 there is no such tenant; 5 not reached, run it again.
            """,
            $"lace admin tenant delete {Example} --yes {Example}"
        )
        {
            id,
            yes,
        };
        command.Validators.Add(given =>
        {
            if (given.GetValue(yes) != given.GetValue(id))
            {
                given.AddError("This destroys the tenant's keys for good: name it once more with --yes.");
            }
        });
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminTenant,
                    api =>
                        api.DeleteAsync(
                            $"{Of(parsed, id)}?confirm={AdminCommand.Part(parsed.GetRequiredValue(id))}",
                            CliJson.Default.AdminTenant,
                            cancel
                        ),
                    AdminText.Of
                )
        );
        return command;
    }

    private static Argument<string> Id() => new("tenant") { Description = "Its id: tenant-…" };

    private static string Of(ParseResult parsed, Argument<string> id) =>
        $"{Route}/{AdminCommand.Part(parsed.GetRequiredValue(id))}";

    private static async Task<AdminTenants> AllAsync(LaceApi api, CancellationToken cancellationToken)
    {
        var all = new List<AdminTenant>();
        string? next = null;
        do
        {
            var path = $"{Route}?limit=100&cursor={next}";
            var page = await api.GetAsync(path, CliJson.Default.AdminTenants, cancellationToken);
            all.AddRange(page.Tenants);
            next = page.Next;
        } while (next is not null);

        return new AdminTenants(all);
    }
}
