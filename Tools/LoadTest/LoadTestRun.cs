using System.Globalization;

namespace OrleansGateway.LoadTest;

/// <summary>One load test: opens tenants, places calls, compares books, reports.</summary>
internal static class LoadTestRun
{
    /// <summary>0 when all is well, 1 when not.</summary>
    public static async Task<int> RunAsync(LoadTestOptions options, TextWriter output, TimeProvider time, CancellationToken stop)
    {
        var report = await MeasureAsync(options, time, stop);
        if (options.Json) await output.WriteLineAsync(report.ToJson());
        else foreach (var line in report.Lines()) await output.WriteLineAsync(line);
        return report.IsWell ? 0 : 1;
    }

    private static async Task<LoadReport> MeasureAsync(LoadTestOptions options, TimeProvider time, CancellationToken stop)
    {
        if (options.AdminKey is not { } adminKey) return await MeasureAsync(options, [LoadTenant.Anonymous(options.Key)], null, time, stop);

        using var admin = new GatewayAdmin(options.Url, adminKey);
        using var books = options.Simulator is { } simulator ? await BookCheck.StartAsync(simulator, admin, time) : null;
        var prefix = string.Create(CultureInfo.InvariantCulture, $"load-{time.GetUtcNow():yyyyMMddHHmmssfff}");
        return await MeasureAsync(options, await admin.OpenAsync(prefix, options.Tenants, options.Keys, stop), books, time, stop);
    }

    /// <summary>The same for tenants that are there.</summary>
    public static async Task<LoadReport> MeasureAsync(LoadTestOptions options, IReadOnlyList<LoadTenant> tenants, BookCheck? books, TimeProvider time, CancellationToken stop)
    {
        using var generator = new Generator(options, new CallSource(options, tenants, new Random(options.Seed)), time);
        var measured = await generator.RunAsync(stop);
        return LoadReport.Of(options, generator.Tally, measured, books is null ? null : await books.CompareAsync(generator.Told));
    }
}
