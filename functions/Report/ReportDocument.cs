namespace Lace.Functions.Report;

/// <summary>A report as content, before any format: what a renderer turns into HTML, Markdown and, later, PDF.</summary>
internal sealed record ReportDocument(string Title, string Subject, IReadOnlyList<Section> Sections);

internal sealed record Section(string Heading, IReadOnlyList<Block> Blocks);

/// <summary>One piece of a section. Text is plain: the renderer escapes it.</summary>
internal abstract record Block;

internal sealed record Paragraph(string Text) : Block;

/// <summary>The result in one line, set apart from the text around it.</summary>
internal sealed record Headline(string Symbol, string Word, string Sentence) : Block;

internal sealed record Bullets(IReadOnlyList<string> Items) : Block;

internal sealed record Table(IReadOnlyList<string> Headers, IReadOnlyList<IReadOnlyList<string>> Rows) : Block;

/// <summary>Commands to copy.</summary>
internal sealed record Commands(IReadOnlyList<string> Lines) : Block;

/// <summary>Observed and predicted loss less its slow trend, by step.</summary>
/// <param name="Summary">What there is to see, for those who do not see it.</param>
internal sealed record Chart(TrajectoryChart Drawing, string Summary) : Block;
