using System.Globalization;
using OpenTelemetry.Trace;

namespace OrleansGateway;

/// <summary>
/// OpenTelemetry's own settings, as its specification names them (<c>OTEL_…</c>), or in the section <c>Otel</c> without that prefix. With none of them nothing is exported and no
/// span is made.
/// </summary>
/// <param name="Traces">Whether traces are exported.</param>
/// <param name="Metrics">Whether metrics are exported; they can be read from the management listener all the same.</param>
/// <param name="Sampler">Which requests are traced.</param>
/// <param name="Named">Those of the section, by the names that the library reads.</param>
internal sealed record OtelSettings(bool Traces, bool Metrics, Sampler Sampler, IReadOnlyDictionary<string, string?> Named)
{
    public const string Section = "Otel";

    private const string Prefix = "OTEL_";

    // What comes after is the library's to know.
    private static readonly string[] Known =
    [
        "SDK_DISABLED", "SERVICE_NAME", "RESOURCE_ATTRIBUTES", "TRACES_", "METRICS_", "METRIC_EXPORT_", "EXPORTER_OTLP_", "BSP_", "ATTRIBUTE_", "SPAN_", "EVENT_", "LINK_",
    ];

    /// <summary>Reads them; a name of the specification comes before the same in the section.</summary>
    public static OtelSettings Read(IConfiguration configuration, ICollection<string> faults)
    {
        var named = new Dictionary<string, string?>();
        if (!string.IsNullOrEmpty(configuration[Section])) faults.Add($"{Section} must be a section, not one value");
        foreach (var (path, value) in configuration.GetSection(Section).AsEnumerable(makePathsRelative: true))
        {
            if (value is null || path.Length == 0) continue;
            var name = path.Replace(':', '_').ToUpperInvariant();
            if (!Known.Any(known => known.EndsWith('_') ? name.StartsWith(known, StringComparison.Ordinal) : name == known))
                faults.Add($"{Section}:{path} is not a setting: it would be {Prefix}{name} for OpenTelemetry");
            else if (string.IsNullOrEmpty(configuration[Prefix + name])) named[Prefix + name] = value;
        }

        var all = new ConfigurationBuilder().AddConfiguration(configuration).AddInMemoryCollection(named).Build();
        var disabled = bool.TryParse(all["OTEL_SDK_DISABLED"], out var off) && off;
        return new OtelSettings(Exports(all, "TRACES", faults) && !disabled, Exports(all, "METRICS", faults) && !disabled, new RequestSampler(SamplerOf(all, faults)), named);
    }

    private static bool Exports(IConfiguration configuration, string signal, ICollection<string> faults)
    {
        if (configuration[$"OTEL_{signal}_EXPORTER"] is { Length: > 0 } exporter and not "otlp")
        {
            if (exporter != "none") faults.Add($"OTEL_{signal}_EXPORTER is '{exporter}', but must be otlp or none");
            return false;
        }
        foreach (var name in new[] { $"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT" })
        {
            if (configuration[name] is not { Length: > 0 } address) continue;
            if (!Uri.TryCreate(address, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("http" or "https"))
            {
                var fault = $"{name} must be an address such as http://collector:4317"; // may hold a password
                if (!faults.Contains(fault)) faults.Add(fault);
            }
            return true;
        }
        return false;
    }

    private static Sampler SamplerOf(IConfiguration configuration, ICollection<string> faults)
    {
        var argument = configuration["OTEL_TRACES_SAMPLER_ARG"];
        var share = 1.0;
        if (!string.IsNullOrEmpty(argument) && !(double.TryParse(argument, NumberStyles.Float, CultureInfo.InvariantCulture, out share) && share is >= 0 and <= 1))
        {
            faults.Add($"OTEL_TRACES_SAMPLER_ARG is '{argument}', but must be a share from 0 to 1");
            share = 1;
        }
        switch (configuration["OTEL_TRACES_SAMPLER"])
        {
            case null or "" or "parentbased_always_on": return new ParentBasedSampler(new AlwaysOnSampler());
            case "parentbased_always_off": return new ParentBasedSampler(new AlwaysOffSampler());
            case "parentbased_traceidratio": return new ParentBasedSampler(new TraceIdRatioBasedSampler(share));
            case "always_on": return new AlwaysOnSampler();
            case "always_off": return new AlwaysOffSampler();
            case "traceidratio": return new TraceIdRatioBasedSampler(share);
            case var other:
                faults.Add($"OTEL_TRACES_SAMPLER is '{other}', but must be one of always_on, always_off, traceidratio, "
                    + "parentbased_always_on, parentbased_always_off, parentbased_traceidratio");
                return new AlwaysOffSampler();
        }
    }
}
