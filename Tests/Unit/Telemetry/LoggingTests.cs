using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace OrleansGateway.Tests.Unit.Telemetry;

public sealed class LoggingTests
{
    [Fact]
    public void The_watchdogs_first_warning_which_counts_from_the_machines_start_is_not_told_and_a_true_one_is()
    {
        var told = new List<LogEvent>();
        var settings = new LoggerConfiguration();
        Logging.Configure(settings, new ConfigurationManager(), new Told(told));
        using var logger = settings.CreateLogger();
        var watchdog = logger.ForContext(Constants.SourceContextPropertyName, "Orleans.Runtime.Watchdog");

        watchdog.Warning("Participant check thread has not completed for {TimeSinceLastTick}", TimeSpan.FromDays(10));
        Assert.Empty(told);
        watchdog.Warning("Participant check thread has not completed for {TimeSinceLastTick}", TimeSpan.Zero);
        logger.ForContext(Constants.SourceContextPropertyName, "Orleans.Other").Warning("Not for {TimeSinceLastTick}", TimeSpan.FromDays(10));
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public void What_the_host_says_of_its_environment_and_folder_is_not_told_and_where_it_listens_is()
    {
        var told = new List<LogEvent>();
        var settings = new LoggerConfiguration();
        Logging.Configure(settings, new ConfigurationManager(), new Told(told));
        using var logger = settings.CreateLogger();
        var lifetime = logger.ForContext(Constants.SourceContextPropertyName, "Microsoft.Hosting.Lifetime");

        lifetime.Information("Hosting environment: {EnvName}", "Production");
        lifetime.Information("Content root path: {ContentRoot}", "/app");
        lifetime.Information("Now listening on: {address}", "http://localhost:8080");

        Assert.Equal("Now listening on: {address}", Assert.Single(told).MessageTemplate.Text);
    }

    private sealed class Told(List<LogEvent> events) : ILogEventSink
    {
        public void Emit(LogEvent logEvent) => events.Add(logEvent);
    }
}
