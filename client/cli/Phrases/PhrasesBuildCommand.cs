using System.CommandLine;
using System.Text.Json;
using Lace.Cli.Attest;
using Lace.Evidence.Datasets;
using Lace.Evidence.Fingerprints;

namespace Lace.Cli.Phrases;

/// <summary><c>lace phrases build</c>: a filter over the fingerprints of the texts of a folder.</summary>
internal static class PhrasesBuildCommand
{
    /// <summary>As of a record.</summary>
    private const int MaxText = 16 << 20;

    private static readonly Argument<string[]> Paths = new("folder")
    {
        Description = "Folders, files or globs; each file is one text, .gz is decompressed",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "Write the filter to this file",
        HelpName = "file",
        Required = true,
    };

    private static readonly Option<int> InFiles = new("--in-files")
    {
        Description = "Keep what so many of the files have at least; 1 takes all of them",
        HelpName = "n",
        DefaultValueFactory = _ => 1,
    };

    public static Command Create()
    {
        var command = new CommandWithExamples(
            "build",
            "Make a filter of common phrases out of a folder",
            """
            What stands in the files counts as text that many share, as licences, forms and scripture do: every 48 normalised bytes of
            it, two bytes of filter for each byte of text. The file is the same whenever it is made of the same texts, in whatever order;
            it serves every attestation, and nothing is sent. Whoever has it can ask it what texts it was made of.
            """,
            """
            lace phrases build /usr/share/common-licenses --out licences.phrases
            lace phrases build ./crawl --in-files 20 --out boilerplate.phrases
            lace check --id lace-20261120-134501-x7k2p9 --text article.txt --subtract licences.phrases
            """
        )
        {
            Paths,
            Out,
            InFiles,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.FromResult(
                    Run(
                        CommandHost.FromProcess(parsed),
                        new PhrasesOptions(
                            parsed.GetRequiredValue(Paths),
                            parsed.GetRequiredValue(Out),
                            parsed.GetValue(InFiles),
                            parsed.GetValue(CommonOptions.Json),
                            parsed.GetValue(CommonOptions.Quiet)
                        ),
                        cancellationToken
                    )
                )
        );
        return command;
    }

    internal static int Run(CommandHost host, PhrasesOptions options, CancellationToken cancellationToken)
    {
        if (options.InFiles < 1)
        {
            throw new CliException("--in-files is at least 1.", ExitCode.Usage);
        }

        var files = DatasetPaths.Expand(options.Paths, DatasetFormat.File, host.WorkingDirectory);
        var builder = new CommonPhrasesBuilder(options.InFiles);
        using (var bar = new ProgressBar(host, "phrases", files.Sum(file => file.Size), !options.Quiet))
        {
            foreach (var file in files)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!builder.TryAdd(Read(file.ToSource(bar.Add))))
                {
                    throw new CliException(
                        $"The texts have more than {CommonPhrasesBuilder.MaxGrams:N0} bytes: take fewer of them.",
                        ExitCode.Usage
                    );
                }
            }
        }

        var phrases = builder.Build();
        var path = Path.GetFullPath(options.Out, host.WorkingDirectory);
        using (var output = File.Create(path))
        {
            phrases.Write(output);
        }

        var made = new PhrasesMade(
            path,
            builder.Texts,
            builder.Kept,
            new FileInfo(path).Length,
            phrases.Root.ToString()
        );
        host.Output.WriteLine(
            options.Json
                ? JsonSerializer.Serialize(made, CliJson.Default.PhrasesMade)
                : $"{made.Texts:N0} texts, {made.Grams:N0} different grams of 48 bytes in {made.Bytes:N0} bytes: {made.File}"
        );
        return ExitCode.Ok;
    }

    private static byte[] Read(DatasetSource source)
    {
        using var stream = source.Open();
        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = stream.Read(buffer)) > 0; )
        {
            content.Write(buffer, 0, read);
            if (content.Length > MaxText)
            {
                throw new CliException(
                    $"{source.Name} has more than {MaxText >> 20} MiB: cut it into parts.",
                    ExitCode.Usage
                );
            }
        }

        return content.ToArray();
    }
}

/// <summary>What was given to <c>lace phrases build</c>.</summary>
internal sealed record PhrasesOptions(IReadOnlyList<string> Paths, string Out, int InFiles, bool Json, bool Quiet);

/// <summary>What it prints with <c>--json</c>.</summary>
internal sealed record PhrasesMade(string File, int Texts, long Grams, long Bytes, string Root);
