using System.Globalization;
using System.Text.Json;

namespace OrleansGateway.Simulator;

/// <summary>Reads the options of the program from its environment and its command line.</summary>
internal static class SimulatorConfiguration
{
    private static readonly Dictionary<string, string> Switches = new(StringComparer.OrdinalIgnoreCase)
    {
        ["--urls"] = "Urls",
        ["--api-key"] = "Simulator:ApiKey",
        ["--bill-file"] = "Simulator:BillFile",
        ["--models"] = "Simulator:Models",
        ["--script"] = "Simulator:Script",
        ["--requests-per-minute"] = "Simulator:RequestsPerMinute",
    };

    public static SimulatorOptions Read(string[] args)
    {
        var faults = new List<string>();
        var settings = new ConfigurationBuilder().AddEnvironmentVariables("ASPNETCORE_").AddEnvironmentVariables().AddCommandLine(args, Switches).Build();
        var options = new SimulatorOptions();
        options.Url = settings["Urls"]?.Split(';')[0] ?? options.Url;
        foreach (var setting in settings.GetSection(SimulatorOptions.Section).GetChildren())
        {
            Apply(options, setting.Key, setting.Value ?? "", faults);
        }

        faults.AddRange(args.Select(arg => arg.Split('=', 2)[0])
            .Where(arg => arg.StartsWith("--", StringComparison.Ordinal) && !Switches.ContainsKey(arg) && !arg.StartsWith("--Simulator:", StringComparison.OrdinalIgnoreCase))
            .Select(arg => $"{arg}: unknown; known are {string.Join(", ", Switches.Keys)}."));
        if (!Uri.TryCreate(
                options.Url.Replace("*", "localhost", StringComparison.Ordinal).Replace("+", "localhost", StringComparison.Ordinal), UriKind.Absolute, out var url)
            || url.Scheme != "http")
        {
            faults.Add($"Urls: '{options.Url}' is no http address.");
        }

        return faults.Count == 0 ? options : throw new SimulatorConfigurationException(faults);
    }

    /// <summary>A free port can only be had from an address, not from a name.</summary>
    public static string Bindable(string url) => url.Replace("//localhost:0", "//127.0.0.1:0", StringComparison.OrdinalIgnoreCase);

    private static void Apply(SimulatorOptions options, string name, string value, List<string> faults)
    {
        switch (name.ToUpperInvariant())
        {
            case "APIKEY": options.ApiKey = value; break;
            case "BILLFILE": options.BillFile = value; break;
            case "MODELS": options.Models = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries); break;
            case "REQUESTSPERMINUTE":
                if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0) options.RequestsPerMinute = limit;
                else faults.Add($"Simulator:RequestsPerMinute: '{value}' is no number above zero.");
                break;
            case "SCRIPT":
                try
                {
                    options.Script = ScriptReader.ReadHeader(value);
                }
                catch (JsonException wrong)
                {
                    faults.Add("Simulator:Script: " + wrong.Message);
                }

                break;
            default: faults.Add($"Simulator:{name}: unknown; known are ApiKey, BillFile, Models, RequestsPerMinute, Script."); break;
        }
    }
}
