namespace Lace.Cli.Score;

/// <summary>Where scored runs are printed: text for people, JSON for programs.</summary>
internal interface IScoreOutput
{
    void Write(ScoredRun scored);

    /// <summary>Called once, after the last run.</summary>
    void End(string? order, int runs);
}
