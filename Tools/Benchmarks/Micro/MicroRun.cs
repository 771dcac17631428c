using System.Globalization;
using System.Text;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace OrleansGateway.Benchmarks;

/// <summary>The small parts one by one: time and allocations of each, in short jobs, as markdown.</summary>
internal static class MicroRun
{
    public const string Usage = "dotnet run -c Release --project Tools/Benchmarks -- micro [filter, such as *Sse*] [--write FILE]";

    private const string DefaultFilter = "*";

    /// <summary>0 when all were measured.</summary>
    public static int Run(string[] args)
    {
        var (filter, file) = args switch
        {
            [] => (DefaultFilter, null),
            ["--write", var path] => (DefaultFilter, path),
            [var pattern] => (pattern, null),
            [var pattern, "--write", var path] => (pattern, path),
            _ => throw new FormatException("'micro' takes a filter and --write FILE."),
        };
        var artifacts = Directory.CreateTempSubdirectory("orleans-gateway-micro-").FullName;
        try
        {
            var summaries = BenchmarkSwitcher.FromAssembly(typeof(MicroRun).Assembly).Run(["--filter", filter], Config(artifacts)).ToList();
            var page = Page(summaries);
            Console.WriteLine(page);
            if (file is not null) File.WriteAllText(file, page);
            return summaries.Count > 0 && summaries.TrueForAll(summary => summary.Reports.All(report => report.Success)) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(artifacts, recursive: true);
        }
    }

    // In this process: a build of its own for each benchmark would take longer than all of them.
    private static ManualConfig Config(string artifacts) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.DontLogOutput)
            .WithGcServer(true)
            .WithWarmupCount(3)
            .WithIterationCount(7)
            .WithIterationTime(TimeInterval.FromMilliseconds(150)))
        .AddDiagnoser(MemoryDiagnoser.Default)
        .AddColumnProvider(DefaultColumnProviders.Instance)
        .AddLogger(new ConsoleLogger())
        .WithOptions(ConfigOptions.JoinSummary | ConfigOptions.DisableLogFile)
        .WithArtifactsPath(artifacts);

    private static string Page(List<Summary> summaries)
    {
        var page = new StringBuilder("# Small parts\n\n");
        if (summaries.Count == 0) return page.Append("Nothing was measured.\n").ToString();
        page.Append(CultureInfo.InvariantCulture,
            $"Written by `{Usage.Split(" [")[0]} --write Tools/Benchmarks/results/micro.md`. "
            + $"{string.Join("; ", summaries[0].HostEnvironmentInfo.ToFormattedString().Select(line => line.Trim()))}.\n\n")
            .Append("| | | time | ± | allocated |\n| --- | --- | ---: | ---: | ---: |\n");
        foreach (var report in summaries.SelectMany(summary => summary.Reports)
            .OrderBy(report => report.BenchmarkCase.Descriptor.Type.Name, StringComparer.Ordinal)
            .ThenBy(report => report.BenchmarkCase.Descriptor.MethodIndex))
        {
            var parameters = string.Join(", ", report.BenchmarkCase.Parameters.Items.Select(item => $"{item.Name} {item.Value}"));
            page.Append(CultureInfo.InvariantCulture, $"| {report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'')} | {parameters} | ");
            if (report.ResultStatistics is { } time)
                page.Append(CultureInfo.InvariantCulture,
                    $"{Time(time.Mean)} | {100 * time.StandardDeviation / time.Mean:N0} % | "
                    + $"{report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase):N0} B |\n");
            else page.Append("failed | | |\n");
        }
        return page.ToString();
    }

    private static string Time(double nanoseconds) => nanoseconds < 10_000
        ? string.Create(CultureInfo.InvariantCulture, $"{nanoseconds:N0} ns")
        : string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1_000:N1} µs");
}
