namespace OrleansGateway.Simulator;

/// <summary>From the application to the simulator inside it.</summary>
public static class SimulatorAccess
{
    /// <summary>The simulator this application hosts.</summary>
    public static SimulatorHandle GetSimulator(this WebApplication app) => app.Services.GetRequiredService<SimulatorHandle>();
}
