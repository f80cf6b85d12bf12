using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Lace.Cryptography.Json;
using Lace.Evidence.Certificates;
using Lace.Evidence.Statements;
using Lace.Records.Audit;
using Lace.Tests;
using Lace.Tests.Evidence.Statements;

namespace Lace.SystemTests.Formats;

/// <summary>Holds statements against the JSON Schemas of docs/formats, by Debian's implementation of JSON Schema.</summary>
public sealed class SchemaTests
{
    private const string Python = "/usr/bin/python3";

    // One line in, one line out: [schema, instance] -> true or false. The schemas themselves are checked first.
    private const string Script = """
        import json, sys
        try:
            from jsonschema import Draft202012Validator as Validator
        except ImportError:
            sys.exit(9)
        validators = {}
        for line in sys.stdin:
            path, instance = json.loads(line)
            if path not in validators:
                with open(path) as file:
                    schema = json.load(file)
                Validator.check_schema(schema)
                validators[path] = Validator(schema)
            print("true" if validators[path].is_valid(instance) else "false")
        """;

    [Fact]
    public void Every_statement_made_fits_the_schema_of_its_kind_and_no_other()
    {
        var made = MadeStatements.All().ToList();
        string[] schemas = [.. made.Select(row => row.Schema).Distinct()];
        Assert.Equal(7, schemas.Length);
        var asked = made.SelectMany(row => schemas.Select(schema => (row, schema))).ToList();
        var answers = Ask(asked.Select(ask => (ask.schema, JsonNode.Parse(ask.row.Statement.Payload.Span)!)));
        foreach (var (ask, fits) in asked.Zip(answers))
        {
            Assert.True(fits == (ask.schema == ask.row.Schema), $"{ask.row.Statement.PredicateType}: {ask.schema}");
        }
    }

    [Fact]
    public void Schema_and_reader_ask_for_the_same_members()
    {
        var asked = new List<(string Schema, JsonNode Statement, string Path)>();
        foreach (var (schema, statement) in MadeStatements.All().Take(7))
        {
            foreach (var path in JsonPaths.Members(JsonNode.Parse(statement.Payload.Span)!))
            {
                var changed = JsonNode.Parse(statement.Payload.Span)!;
                JsonPaths.Remove(changed, path);
                asked.Add((schema, changed, JsonPaths.Name(path)));
            }
        }

        var answers = Ask(asked.Select(ask => (ask.Schema, ask.Statement)));
        foreach (var (ask, fits) in asked.Zip(answers))
        {
            Assert.True(fits == IsRead(ask.Schema, ask.Statement), $"{ask.Schema}: {ask.Path}");
        }

        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{asked.Count} statements that lack one member: {answers.Count(fits => !fits)} refused by schema and reader alike"
        );
    }

    private static bool IsRead(string schema, JsonNode json)
    {
        var payload = CanonicalJson.Canonicalize(JsonSerializer.SerializeToUtf8Bytes(json));
        return Statement.TryParse(payload, out var statement) == StatementError.None
            && schema switch
            {
                "dataset" => statement!.TryRead(PredicateTypes.Dataset, out _),
                "run-start" => statement!.TryRead(PredicateTypes.RunStart, out _),
                "run-end" => statement!.TryRead(PredicateTypes.RunEnd, out _),
                "verification" => statement!.TryRead(PredicateTypes.Verification, out _),
                "dp-certificate" => CertificateStatement.TryRead(statement!) is not null,
                "report" => statement!.TryRead(PredicateTypes.Report, out _),
                _ => statement!.TryRead(PredicateTypes.AuditHead, out _),
            };
    }

    private static List<bool> Ask(IEnumerable<(string Schema, JsonNode Statement)> asked)
    {
        Assert.SkipUnless(File.Exists(Python), "Debian's Python is not here.");
        var folder = Path.Combine(SharedFolder.RepositoryRoot, "docs", "formats");
        using var process = Process.Start(
            new ProcessStartInfo(Python, ["-c", Script])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        var answers = process.StandardOutput.ReadToEndAsync();
        try
        {
            foreach (var (schema, statement) in asked)
            {
                var line = new JsonArray(Path.Combine(folder, schema + ".schema.json"), statement.DeepClone());
                process.StandardInput.WriteLine(line.ToJsonString());
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended early; its exit code says why.
        }

        process.WaitForExit();
        Assert.SkipWhen(process.ExitCode == 9, "The Debian package python3-jsonschema is not here.");
        Assert.Equal(0, process.ExitCode);
        return [.. answers.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(bool.Parse)];
    }
}
