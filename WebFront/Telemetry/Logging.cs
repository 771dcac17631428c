using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Compact;

namespace OrleansGateway;

/// <summary>Sets up Serilog: readable lines on a terminal, compact JSON anywhere else, as the section <c>Serilog</c> says otherwise.</summary>
internal static class Logging
{
    private const string Section = "Serilog";

    private static readonly long Started = Stopwatch.GetTimestamp();

    /// <summary>Replaces all other loggers. Events that wait are written when the host is disposed.</summary>
    public static IHostApplicationBuilder AddGatewayLogging(this IHostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.TryAddSingleton<ILogEventSink>(_ => new ConsoleSink(Formatter(), Output(), TimeProvider.System));
        // Each host its own logger: through the static one, of several hosts in a process only the newest would be heard.
        builder.Services.AddSerilog((services, logs) => Configure(logs, builder.Configuration, services.GetRequiredService<ILogEventSink>()), preserveStaticLogger: true);
        return builder;
    }

    /// <summary>What is wrong in the section <c>Serilog</c>: its logger is made once to see.</summary>
    public static void Check(IConfiguration configuration, ICollection<string> faults)
    {
        if (!configuration.GetSection(Section).Exists()) return;
        try
        {
            using var logger = new LoggerConfiguration().ReadFrom.Configuration(configuration).CreateLogger();
        }
        catch (Exception e)
        {
            faults.Add($"{Section}: {e.GetBaseException().Message}");
        }
    }

    internal static void Configure(LoggerConfiguration logs, IConfiguration configuration, ILogEventSink console)
    {
        logs.MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
            .MinimumLevel.Override("Orleans", LogEventLevel.Warning)
            // What keeps a process from starting is said once, by itself.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LevelAlias.Off)
            // Retries and circuits are reported by the pool, in its own words.
            .MinimumLevel.Override("Polly", LogEventLevel.Warning)
            // One event per request is ours; the framework's own would cost an activity and a scope for each.
            .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
            .Filter.ByExcluding(IsFalseAlarm)
            .Filter.ByExcluding(IsOfTheHost)
            .ReadFrom.Configuration(configuration);
        if (!configuration.GetSection($"{Section}:WriteTo").Exists())
            logs.WriteTo.Sink(console);
    }

    /// <summary>
    /// Orleans' watchdog reckons its first turn from the machine's start, and warns of a check that has not ended for as long: no check is older than this
    /// class, which a process uses first of all.
    /// </summary>
    internal static bool IsFalseAlarm(LogEvent one) =>
        one.Level == LogEventLevel.Warning
        && one.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source) && source is ScalarValue { Value: "Orleans.Runtime.Watchdog" }
        && one.Properties.TryGetValue("TimeSinceLastTick", out var since) && since is ScalarValue { Value: TimeSpan time }
        && time > Stopwatch.GetElapsedTime(Started);

    /// <summary>The host's name for its environment, which is Production when nobody says so, and its folder, which is the program's and not the data's: they mislead.</summary>
    internal static bool IsOfTheHost(LogEvent one) =>
        one.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source) && source is ScalarValue { Value: "Microsoft.Hosting.Lifetime" }
        && (one.Properties.ContainsKey("EnvName") || one.Properties.ContainsKey("ContentRoot"));

    // The console's own writer puts out 256 bytes at a time, which were four system calls a request.
    private static TextWriter Output() => Console.IsOutputRedirected ? new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024) : Console.Out;

    private static ITextFormatter Formatter() =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("DOTNET_RUNNING_IN_CONTAINER") == "true"
            ? new CompactJsonFormatter()
            : new TerminalFormatter();
}
