using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace OrleansGateway.Simulator;

/// <summary>What a host or a test in the same process holds of a simulator; ask <see cref="SimulatorAccess.GetSimulator"/> for it.</summary>
public sealed class SimulatorHandle : IDisposable
{
    private readonly IServer _server;

    internal SimulatorHandle(SimulatorOptions options, IServer server)
    {
        _server = server;
        Script = new ScriptBook(options.Script);
        Limits = new RateLimits(options);
        Bill = new Bill(options.BillFile);
        Calls = new CallLog(options, Bill.LastSeq);
    }

    /// <summary>How calls are answered.</summary>
    public ScriptBook Script { get; }

    /// <summary>How many requests are let through.</summary>
    public RateLimits Limits { get; }

    /// <summary>Where scripted calls wait.</summary>
    public GateKeeper Gates { get; } = new();

    /// <summary>What was charged.</summary>
    public Bill Bill { get; }

    /// <summary>What was received.</summary>
    public CallLog Calls { get; }

    /// <summary>What an OpenAI client takes as its base address, such as <c>http://127.0.0.1:9090/v1</c>; known once the simulator has started.</summary>
    public Uri BaseAddress
    {
        get
        {
            var bound = _server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
                ?? throw new InvalidOperationException("The simulator has not started.");
            return new Uri($"http://127.0.0.1:{BindingAddress.Parse(bound).Port}/v1");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Bill.Dispose();
}
