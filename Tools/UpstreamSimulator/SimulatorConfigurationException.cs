namespace OrleansGateway.Simulator;

/// <summary>The simulator was started with settings it cannot follow; the message lists every fault.</summary>
internal sealed class SimulatorConfigurationException(IEnumerable<string> faults) : Exception(string.Join(Environment.NewLine, faults));
