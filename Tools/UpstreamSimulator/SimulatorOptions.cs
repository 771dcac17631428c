namespace OrleansGateway.Simulator;

/// <summary>What one simulator is started with.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The configuration section the program reads them from.</summary>
    public const string Section = "Simulator";

    /// <summary>Where to listen; port 0 takes any free port.</summary>
    public string Url { get; set; } = "http://localhost:9090";

    /// <summary>The one key that is let in; null lets any non-empty bearer key in.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Where each billed call is appended and fsynced before its answer ends, and read back at start; null keeps the bill in memory.</summary>
    public string? BillFile { get; set; }

    /// <summary>The ids <c>/v1/models</c> lists; chat and embeddings answer for any model.</summary>
    public IReadOnlyList<string> Models { get; set; } =
        ["gpt-4.1", "claude-sonnet-4.5", "gemini-2.5-flash", "deepseek-v3.2", "text-embedding-3-small"];

    /// <summary>How calls are answered that no header, body field or queued script says otherwise for.</summary>
    public SimulatorScript Script { get; set; } = SimulatorScript.Plain;

    /// <summary>How many requests a minute each key may make of each model; null for no limit.</summary>
    public int? RequestsPerMinute { get; set; }

    /// <summary>Whether each received call keeps its headers (without secrets) and its body, for tests that look at what was sent.</summary>
    public bool KeepRequests { get; set; }

    /// <summary>The clock of every wait and every time stamp.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
