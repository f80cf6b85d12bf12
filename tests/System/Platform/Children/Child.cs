using System.Diagnostics;

namespace Lace.SystemTests.Platform.Children;

/// <summary>A process of this assembly that runs one of <see cref="ChildPrograms"/>; what it printed is read to the end.</summary>
internal sealed class Child : IDisposable
{
    /// <summary>Names the program in the child's environment.</summary>
    public const string Variable = "LACE_TEST_CHILD";

    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly TaskCompletionSource firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task reading;
    private readonly Task<string> errors;

    private Child(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        process = Process.Start(start)!;
        reading = ReadAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program beside this assembly, also where the tests themselves run in another host.</summary>
    public static string Executable { get; } = Path.ChangeExtension(typeof(Child).Assembly.Location, null);

    /// <summary>Ends when the child has printed a line, or nothing more will come.</summary>
    public Task FirstLine => Task.WhenAny(firstLine.Task, reading);

    public static Child Start(string program, params IEnumerable<string> arguments) =>
        Start(program, Executable, arguments);

    /// <param name="file">What to run; in the end it runs <see cref="Executable"/>.</param>
    public static Child Start(string program, string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments);
        start.Environment[Variable] = program;
        return new Child(start);
    }

    /// <summary>SIGKILL, to this process alone.</summary>
    public void Kill() => process.Kill();

    /// <summary>What it printed until it ended.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await process.WaitForExitAsync();
        await reading;
        return lines;
    }

    /// <summary>As <see cref="EndAsync"/>, where the child has to end well.</summary>
    public async Task<IReadOnlyList<string>> SuccessAsync()
    {
        var printed = await EndAsync();
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {await errors}");
        return printed;
    }

    public void Dispose()
    {
        process.Kill(entireProcessTree: true);
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            firstLine.TrySetResult();
        }
    }
}
