using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Lace.Cli.Admin;

/// <summary><c>lace admin key</c>.</summary>
internal static class KeyCommands
{
    private const string Example = "tenant-x7k2p9abcd";

    public static Command Create() =>
        new("key", "Make, list and revoke API keys of tenants") { Make(), List(), Revoke() };

    private static CommandWithExamples Make()
    {
        var tenant = Tenant();
        var label = new Option<string?>("--label") { Description = "What lists show", HelpName = "text" };
        var scopes = new Option<string?>("--scopes")
        {
            Description = "attest, ingest, verify, report, audit, train, admin, joined by commas [all of them]",
            HelpName = "scopes",
        };
        var expires = new Option<DateTimeOffset?>("--expires")
        {
            Description = "When it ends by itself: a day of UTC, or a time",
            HelpName = "yyyy-mm-dd",
            CustomParser = ReadTime,
        };
        var command = new CommandWithExamples(
            "create",
            "Make a key of a tenant and print it, once",
            $"The key goes to standard output and is nowhere to be had again. {AdminCommand.Key}",
            $"lace admin key create {Example} --label ci --scopes attest,ingest\nlace admin key create {Example} --expires 2027-01-01 --json"
        )
        {
            tenant,
            label,
            scopes,
            expires,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminKeyMade,
                    api =>
                        api.PostAsync(
                            Of(parsed, tenant),
                            new NewKey(
                                parsed.GetValue(label),
                                parsed.GetValue(scopes)?.Split(',', StringSplitOptions.TrimEntries),
                                parsed.GetValue(expires)
                            ),
                            CliJson.Default.NewKey,
                            CliJson.Default.AdminKeyMade,
                            null,
                            cancel
                        ),
                    made => made.ApiKey
                )
        );
        return command;
    }

    private static CommandWithExamples List()
    {
        var tenant = Tenant();
        var command = new CommandWithExamples(
            "list",
            "The keys of a tenant, revoked ones too",
            $"By their last four characters; `used` is the day of the last use. {AdminCommand.Key}",
            $"lace admin key list {Example}\nlace admin key list {Example} --json"
        )
        {
            tenant,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminKeys,
                    api => api.GetAsync(Of(parsed, tenant), CliJson.Default.AdminKeys, cancel),
                    AdminText.Of
                )
        );
        return command;
    }

    private static CommandWithExamples Revoke()
    {
        var id = new Argument<string>("key") { Description = "Its id, as list prints it: key-…" };
        var command = new CommandWithExamples(
            "revoke",
            "End a key for good",
            $"Within a minute it opens nothing anywhere. {AdminCommand.Key}",
            "lace admin key revoke key-x7k2p9abcdef"
        )
        {
            id,
        };
        command.SetAction(
            (parsed, cancel) =>
                AdminCommand.RunAsync(
                    parsed,
                    CliJson.Default.AdminKey,
                    api =>
                        api.PostAsync(
                            $"v1/admin/keys/{AdminCommand.Part(parsed.GetRequiredValue(id))}/revoke",
                            new Nothing(),
                            CliJson.Default.Nothing,
                            CliJson.Default.AdminKey,
                            null,
                            cancel
                        ),
                    AdminText.Of
                )
        );
        return command;
    }

    private static Argument<string> Tenant() => new("tenant") { Description = "Its id: tenant-…" };

    private static string Of(ParseResult parsed, Argument<string> tenant) =>
        $"v1/admin/tenants/{AdminCommand.Part(parsed.GetRequiredValue(tenant))}/keys";

    private static DateTimeOffset? ReadTime(ArgumentResult given)
    {
        if (
            DateTimeOffset.TryParse(
                given.Tokens[0].Value,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal,
                out var time
            )
        )
        {
            return time;
        }

        given.AddError("--expires is a day, yyyy-mm-dd, or a time, yyyy-mm-ddThh:mm:ssZ.");
        return null;
    }
}
