using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Lace.Tests")]
[assembly: InternalsVisibleTo("Lace.Benchmarks")]
[assembly: InternalsVisibleTo("Lace.Functions")]
[assembly: InternalsVisibleTo("Lace.Worker")]
